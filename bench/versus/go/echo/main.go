// Echo is a TCP echo server: a goroutine for each connection, with a buffer for two messages.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"versus/protocol"
)

func echo(connection net.Conn, size int) error {
	defer connection.Close()
	buffer := make([]byte, size)
	for {
		count, err := connection.Read(buffer)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := connection.Write(buffer[:count]); err != nil {
			return err
		}
	}
}

func serve(listener net.Listener, size int) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, "accept:", err)
			continue
		}
		go func() {
			if err := echo(connection, size); err != nil {
				fmt.Fprintln(os.Stderr, "echo:", err)
			}
		}()
	}
}

func main() {
	arguments := protocol.ReadArguments()
	protocol.Start(arguments)
	listener := protocol.Listen(arguments.Text("port"))
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	go serve(listener, max(4096, 2*arguments.Int("size")))
	protocol.LeaveWithStdin()
}
