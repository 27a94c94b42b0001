// Echo is a TCP echo server: a goroutine for each connection, 4 KiB of buffer.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"versus/protocol"
)

func echo(connection net.Conn) error {
	defer connection.Close()
	buffer := make([]byte, 4096)
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

func serve(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, "accept:", err)
			continue
		}
		go func() {
			if err := echo(connection); err != nil {
				fmt.Fprintln(os.Stderr, "echo:", err)
			}
		}()
	}
}

func main() {
	arguments := protocol.ReadArguments()
	protocol.Start(arguments)
	listener, err := net.Listen("tcp4", "127.0.0.1:"+arguments.Text("port"))
	if err != nil {
		protocol.Fail(1, err.Error())
	}
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	go serve(listener)
	protocol.LeaveWithStdin()
}
