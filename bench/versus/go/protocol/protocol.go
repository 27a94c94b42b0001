// Package protocol is what all programs of this peer share of PROTOCOL.md.
package protocol

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Arguments are the words and the key=value pairs of the command line.
type Arguments struct {
	Work   string
	values map[string]string
}

func ReadArguments() Arguments {
	arguments := Arguments{values: map[string]string{}}
	for _, argument := range os.Args[1:] {
		if key, value, found := strings.Cut(argument, "="); found {
			arguments.values[key] = value
		} else {
			arguments.Work = argument
		}
	}
	return arguments
}

func Fail(code int, text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(code)
}

func (a Arguments) Text(key string) string {
	value, found := a.values[key]
	if !found {
		Fail(2, key+"= is missing")
	}
	return value
}

func (a Arguments) Is(key, value string) bool { return a.values[key] == value }

func (a Arguments) Int(key string) int {
	value, err := strconv.Atoi(a.Text(key))
	if err != nil {
		Fail(2, key+"= is no number")
	}
	return value
}

// Start sets the number of threads that run goroutines, and leaves at SIGTERM.
func Start(arguments Arguments) {
	runtime.GOMAXPROCS(arguments.Int("workers"))
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		os.Exit(0)
	}()
}

// Outcome is what a work did.
type Outcome struct {
	Time       time.Duration
	Tasks, Sum int
	Stalls     int // of goroutines in the background
}

// Timed runs the work several times; each run tells its tasks and its sum.
func Timed(iterations int, work func() (tasks, sum int)) Outcome {
	var outcome Outcome
	start := time.Now()
	for range iterations {
		tasks, sum := work()
		outcome.Tasks += tasks
		outcome.Sum += sum
	}
	outcome.Time = time.Since(start)
	return outcome
}

// Serve answers the commands `run K` and those that other understands, until the end of stdin.
func Serve(first string, run func(iterations int) Outcome, other func(command, count string) bool) {
	fmt.Println(first)
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		command, count, _ := strings.Cut(commands.Text(), " ")
		if command == "quit" {
			break
		}
		iterations, err := strconv.Atoi(count)
		if command == "run" && err == nil {
			outcome := run(iterations)
			fmt.Printf("{\"ns\": %d, \"iterations\": %d, \"tasks\": %d, \"sum\": %d, \"stalls\": %d}\n",
				outcome.Time.Nanoseconds(), iterations, outcome.Tasks, outcome.Sum, outcome.Stalls)
		} else if other == nil || !other(command, count) {
			fmt.Fprintln(os.Stderr, "unknown command:", commands.Text())
		}
	}
	os.Exit(0)
}

// Listen listens on a port of 127.0.0.1. Without keep-alive: no other peer has it, and it is four
// system calls for each connection.
func Listen(port string) net.Listener {
	configuration := net.ListenConfig{KeepAlive: -1}
	listener, err := configuration.Listen(context.Background(), "tcp4", "127.0.0.1:"+port)
	if err != nil {
		Fail(1, err.Error())
	}
	return listener
}

// LeaveWithStdin is for servers, on their main goroutine.
func LeaveWithStdin() {
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() && commands.Text() != "quit" {
	}
	os.Exit(0)
}
