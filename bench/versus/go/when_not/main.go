// When_not does ten_connections: a goroutine for each end.
package main

import (
	"bytes"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"versus/protocol"
)

func check(err error) {
	if err != nil {
		protocol.Fail(1, err.Error())
	}
}

func echo(connection net.Conn, size int) {
	defer connection.Close()
	buffer := make([]byte, size)
	for {
		count, err := connection.Read(buffer)
		if err == io.EOF {
			return
		}
		check(err)
		_, err = connection.Write(buffer[:count])
		check(err)
	}
}

// The bytes that came back as they were sent.
func client(address string, messages, size int) int {
	dialer := net.Dialer{KeepAlive: -1}
	connection, err := dialer.Dial("tcp4", address)
	check(err)
	defer connection.Close()
	message, answer := make([]byte, size), make([]byte, size)
	right := 0
	for turn := range messages {
		message[turn%size]++
		_, err := connection.Write(message)
		check(err)
		_, err = io.ReadFull(connection, answer)
		check(err)
		if bytes.Equal(message, answer) {
			right += size
		}
	}
	return right
}

func main() {
	arguments := protocol.ReadArguments()
	if arguments.Work != "ten_connections" {
		protocol.Fail(3, "unknown work: "+arguments.Work)
	}
	protocol.Start(arguments)
	connections, messages := arguments.Int("connections"), arguments.Int("messages")
	size := arguments.Int("size")
	listener := protocol.Listen("0")
	iteration := func() (int, int) {
		var sum, tasks atomic.Int64
		var all sync.WaitGroup
		for range connections {
			all.Go(func() {
				sum.Add(int64(client(listener.Addr().String(), messages, size)))
				tasks.Add(1)
			})
		}
		for range connections {
			connection, err := listener.Accept()
			check(err)
			all.Go(func() {
				echo(connection, size)
				tasks.Add(1)
			})
		}
		all.Wait()
		return int(tasks.Load()), int(sum.Load())
	}
	run := func(iterations int) protocol.Outcome { return protocol.Timed(iterations, iteration) }
	protocol.Serve("ready", run, nil)
}
