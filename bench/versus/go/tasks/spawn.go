package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"versus/protocol"
)

func spawnManyLocal(arguments protocol.Arguments) func() (tasks, sum int) {
	tasks := arguments.Int("tasks")
	ended := make(chan struct{}, 1)
	var left atomic.Int64
	return func() (int, int) {
		left.Store(int64(tasks))
		for range tasks {
			go func() {
				if left.Add(-1) == 0 {
					ended <- struct{}{}
				}
			}()
		}
		<-ended
		return tasks - int(left.Load()), int(left.Load())
	}
}

// Every goroutine is spawned by a goroutine: here by the main one, which then waits for all.
func spawnManyRemote(arguments protocol.Arguments) func() (tasks, sum int) {
	results := make([]int, arguments.Int("tasks"))
	var all sync.WaitGroup
	return func() (int, int) {
		clear(results)
		for i := range results {
			all.Go(func() { results[i] = 1 })
		}
		all.Wait()
		sum := 0
		for _, result := range results {
			sum += result
		}
		return sum, sum
	}
}

// What goroutines in the background share.
type background struct {
	stall  time.Duration
	stop   atomic.Bool
	stalls atomic.Int64
	all    sync.WaitGroup
}

func newBackground(arguments protocol.Arguments) *background {
	return &background{stall: time.Duration(arguments.Int("stall_us")) * time.Microsecond}
}

func (b *background) spin() {
	for start := time.Now(); time.Since(start) < b.stall; {
	}
	b.stalls.Add(1)
}

// Runs the iterations beside them, then lets them leave.
func (b *background) beside(iterations int, iteration func() (tasks, sum int)) protocol.Outcome {
	before := b.stalls.Load()
	outcome := protocol.Timed(iterations, iteration)
	outcome.Stalls = int(b.stalls.Load() - before)
	b.stop.Store(true)
	b.all.Wait()
	return outcome
}

// In the background goroutines yield and spin, by turns.
func spawnManyRemoteBusy1(arguments protocol.Arguments) func(int) protocol.Outcome {
	iteration := spawnManyRemote(arguments)
	return func(iterations int) protocol.Outcome {
		b := newBackground(arguments)
		for range 2 * arguments.Int("workers") {
			b.all.Go(func() {
				for !b.stop.Load() {
					runtime.Gosched()
					b.spin()
				}
			})
		}
		return b.beside(iterations, iteration)
	}
}

func spinAndRespawn(b *background) {
	if b.stop.Load() {
		b.all.Done()
		return
	}
	b.spin()
	go spinAndRespawn(b)
}

// In the background goroutines spin and spawn themselves anew.
func spawnManyRemoteBusy2(arguments protocol.Arguments) func(int) protocol.Outcome {
	iteration := spawnManyRemote(arguments)
	return func(iterations int) protocol.Outcome {
		b := newBackground(arguments)
		for range arguments.Int("workers") {
			b.all.Add(1)
			go spinAndRespawn(b)
		}
		return b.beside(iterations, iteration)
	}
}

func chain(left, ran int, ended chan<- int) {
	if left == 0 {
		ended <- ran
	} else {
		go chain(left-1, ran+1, ended)
	}
}

func chainedSpawn(arguments protocol.Arguments) func() (tasks, sum int) {
	depth := arguments.Int("depth")
	ended := make(chan int, 1)
	return func() (int, int) {
		go chain(depth-1, 1, ended)
		return <-ended, 0
	}
}

type branch struct{ tasks, sum int }

// After atemerev/skynet: each node hands its sum to the one above.
func node(first, leaves, fan int, above chan<- branch) {
	if leaves == 1 {
		above <- branch{1, first}
		return
	}
	results := make(chan branch, fan)
	below := leaves / fan
	for child := range fan {
		go node(first+child*below, below, fan, results)
	}
	total := branch{1, 0}
	for range fan {
		result := <-results
		total.tasks += result.tasks
		total.sum += result.sum
	}
	above <- total
}

func skynet(arguments protocol.Arguments) func() (tasks, sum int) {
	leaves, fan := arguments.Int("leaves"), arguments.Int("fan")
	return func() (int, int) {
		root := make(chan branch, 1)
		go node(0, leaves, fan, root)
		total := <-root
		return total.tasks, total.sum
	}
}
