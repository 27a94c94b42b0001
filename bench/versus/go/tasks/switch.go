package main

import (
	"runtime"
	"sync"
	"sync/atomic"

	"versus/protocol"
)

func yieldMany(arguments protocol.Arguments) func() (tasks, sum int) {
	tasks, yields := arguments.Int("tasks"), arguments.Int("yields")
	ended := make(chan struct{}, 1)
	var left, done atomic.Int64
	return func() (int, int) {
		left.Store(int64(tasks))
		for range tasks {
			go func() {
				for range yields {
					runtime.Gosched()
				}
				done.Add(int64(yields))
				if left.Add(-1) == 0 {
					ended <- struct{}{}
				}
			}()
		}
		<-ended
		return tasks - int(left.Load()), int(done.Swap(0))
	}
}

func ping() {
	pings, pongs := make(chan struct{}, 1), make(chan struct{}, 1)
	go func() {
		pongs <- <-pings
	}()
	pings <- struct{}{}
	<-pongs
}

func pingPong(arguments protocol.Arguments) func() (tasks, sum int) {
	pings := arguments.Int("pings")
	ended := make(chan struct{}, 1)
	var left atomic.Int64
	return func() (int, int) {
		left.Store(int64(pings))
		for range pings {
			go func() {
				ping()
				if left.Add(-1) == 0 {
					ended <- struct{}{}
				}
			}()
		}
		<-ended
		answers := pings - int(left.Load())
		return 2 * answers, answers
	}
}

type request struct {
	value int
	reply chan<- int
}

func requestReply(arguments protocol.Arguments) func() (tasks, sum int) {
	count, capacity := arguments.Int("requests"), arguments.Int("capacity")
	return func() (int, int) {
		requests := make(chan request, capacity)
		var server sync.WaitGroup
		tasks := 0
		server.Go(func() {
			for request := range requests {
				request.reply <- request.value + 1
			}
			tasks++
		})
		sum := 0
		for value := range count {
			reply := make(chan int, 1)
			requests <- request{value, reply}
			sum += <-reply
		}
		close(requests)
		server.Wait()
		return tasks, sum
	}
}

func oneshot(arguments protocol.Arguments) func() (tasks, sum int) {
	times := arguments.Int("times")
	return func() (int, int) {
		sum := 0
		for value := 1; value <= times; value++ {
			oneshot := make(chan int, 1)
			oneshot <- value
			sum += <-oneshot
		}
		return 1, sum
	}
}

func post(arguments protocol.Arguments) func() (tasks, sum int) {
	times := arguments.Int("times")
	return func() (int, int) {
		sum := 0
		for range times {
			runtime.Gosched()
			sum++
		}
		return 1, sum
	}
}
