package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"versus/protocol"
)

func sleepers(arguments protocol.Arguments) func() (tasks, sum int) {
	tasks := arguments.Int("tasks")
	pause := time.Duration(arguments.Int("sleep_ms")) * time.Millisecond
	return func() (int, int) {
		var ended atomic.Int64
		var all sync.WaitGroup
		for range tasks {
			all.Go(func() {
				time.Sleep(pause)
				ended.Add(1)
			})
		}
		all.Wait()
		return int(ended.Load()), int(ended.Load())
	}
}

// A goroutine in time.Sleep cannot be stopped, and what would make it so weighs more. Therefore
// the program is replaced by itself on release.
func holdOrRelease(command, count string) bool {
	switch command {
	case "hold":
		tasks, err := strconv.Atoi(count)
		if err != nil {
			return false
		}
		var waiting sync.WaitGroup
		waiting.Add(tasks)
		for range tasks {
			go func() {
				waiting.Done()
				time.Sleep(time.Hour)
			}()
		}
		waiting.Wait()
		fmt.Println("held", tasks)
	case "release":
		again := append(os.Args, "after=release")
		protocol.Fail(1, syscall.Exec("/proc/self/exe", again, os.Environ()).Error())
	default:
		return false
	}
	return true
}

// The index-th of so many times, spread evenly from 10 s to an hour.
func spread(index, live int) time.Duration {
	return 10*time.Second + time.Duration(index)*(3590*time.Second/time.Duration(live))
}

func startSleepers(live int, stop <-chan struct{}) *sync.WaitGroup {
	var waiting sync.WaitGroup
	all := new(sync.WaitGroup)
	waiting.Add(live)
	for index := range live {
		all.Go(func() {
			timer := time.NewTimer(spread(index, live))
			waiting.Done()
			select {
			case <-timer.C:
			case <-stop:
				timer.Stop()
			}
		})
	}
	waiting.Wait()
	return all
}

// A timer with a function: one with a channel is not armed before somebody waits for it.
func timerFresh(arguments protocol.Arguments) func(int) protocol.Outcome {
	live, pairs := arguments.Int("live"), arguments.Int("pairs")
	return func(iterations int) protocol.Outcome {
		stop := make(chan struct{})
		sleepers := startSleepers(live, stop)
		outcome := protocol.Timed(iterations, func() (int, int) {
			cancelled := 0
			for range pairs {
				if time.AfterFunc(time.Second, func() {}).Stop() {
					cancelled++
				}
			}
			return 1, cancelled
		})
		close(stop)
		sleepers.Wait()
		return outcome
	}
}

// The first of the numbers below live, shuffled by xorshift32 from seed 1.
func randomOrder(live, count int) []int {
	order := make([]int, live)
	for i := range order {
		order[i] = i
	}
	state := uint32(1)
	for last := live - 1; last > 0; last-- {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		other := int(state) % (last + 1)
		order[last], order[other] = order[other], order[last]
	}
	return order[:count]
}

func timerCancelRandom(arguments protocol.Arguments) func(int) protocol.Outcome {
	live := arguments.Int("live")
	order := randomOrder(live, arguments.Int("cancels"))
	table := make([]*time.Timer, live)
	return func(iterations int) protocol.Outcome {
		var outcome protocol.Outcome
		for range iterations {
			for i := range table {
				table[i] = time.AfterFunc(spread(i, live), func() {})
			}
			start := time.Now()
			for _, i := range order {
				if table[i].Stop() {
					outcome.Sum++
				}
			}
			outcome.Time += time.Since(start)
			outcome.Tasks++
			for _, timer := range table {
				timer.Stop()
			}
		}
		return outcome
	}
}

func timeTimeout(arguments protocol.Arguments) func() (tasks, sum int) {
	workers, times := arguments.Int("workers"), arguments.Int("times")
	ready := make(chan struct{})
	close(ready)
	return func() (int, int) {
		var sum atomic.Int64
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				inTime := 0
				for range times {
					timeout := time.NewTimer(time.Second)
					select {
					case <-ready:
						inTime++
					case <-timeout.C:
					}
					timeout.Stop()
				}
				sum.Add(int64(inTime))
			})
		}
		all.Wait()
		return workers, int(sum.Load())
	}
}
