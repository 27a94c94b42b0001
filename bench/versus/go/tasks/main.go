// Tasks runs the works of scheduling, timers and channels: a task is a goroutine, a oneshot is a
// channel with room for one.
package main

import (
	"versus/protocol"
)

// A work is prepared once and returns what does its iterations.
type work func(protocol.Arguments) func(iterations int) protocol.Outcome

var works = map[string]work{
	"spawn_many_local":        repeated(spawnManyLocal),
	"spawn_many_remote_idle":  repeated(spawnManyRemote),
	"spawn_many_remote_busy1": spawnManyRemoteBusy1,
	"spawn_many_remote_busy2": spawnManyRemoteBusy2,
	"chained_spawn":           repeated(chainedSpawn),
	"skynet_1m":               repeated(skynet),
	"yield_many":              repeated(yieldMany),
	"ping_pong":               repeated(pingPong),
	"request_reply":           repeated(requestReply),
	"oneshot":                 repeated(oneshot),
	"post":                    repeated(post),
	"sleepers_1m_bytes":       repeated(sleepers),
	"sleepers_1m_seconds":     repeated(sleepers),
	"timer_fresh_1m":          timerFresh,
	"timer_cancel_random_1m":  timerCancelRandom,
	"time_timeout":            repeated(timeTimeout),
}

func repeated(prepare func(protocol.Arguments) func() (tasks, sum int)) work {
	return func(arguments protocol.Arguments) func(int) protocol.Outcome {
		iteration := prepare(arguments)
		return func(iterations int) protocol.Outcome {
			return protocol.Timed(iterations, iteration)
		}
	}
}

func main() {
	arguments := protocol.ReadArguments()
	prepare, found := works[arguments.Work]
	if !found {
		protocol.Fail(3, "unknown work: "+arguments.Work)
	}
	if arguments.Is("shape", "blocked") {
		protocol.Fail(3, "a goroutine that waits does not block its thread")
	}
	protocol.Start(arguments)
	first := "ready"
	if arguments.Is("after", "release") {
		first = "released"
	}
	if arguments.Work == "sleepers_1m_bytes" {
		protocol.Serve(first, nil, holdOrRelease)
	}
	protocol.Serve(first, prepare(arguments), nil)
}
