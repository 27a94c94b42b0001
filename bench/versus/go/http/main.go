// Http is a server of net/http.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"

	"versus/protocol"
)

func main() {
	arguments := protocol.ReadArguments()
	protocol.Start(arguments)
	root := http.Dir(arguments.Text("root"))
	http.Handle("GET /static/", http.StripPrefix("/static/", http.FileServer(root)))
	http.HandleFunc("GET /plaintext", func(writer http.ResponseWriter, _ *http.Request) {
		writer.Header().Set("Content-Type", "text/plain")
		io.WriteString(writer, "Hello, World!")
	})
	listener := protocol.Listen(arguments.Text("port"))
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	go func() { protocol.Fail(1, http.Serve(listener, nil).Error()) }()
	protocol.LeaveWithStdin()
}
