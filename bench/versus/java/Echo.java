import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A TCP echo server: a virtual thread for each connection, with a buffer for two messages. */
final class Echo {
  static void echo(Socket connection, int size) {
    try (connection) {
      connection.setTcpNoDelay(true);
      var in = connection.getInputStream();
      var out = connection.getOutputStream();
      var buffer = new byte[size];
      for (int count; (count = in.read(buffer)) >= 0; ) {
        out.write(buffer, 0, count);
      }
    } catch (IOException error) {
      System.err.println("echo: " + error.getMessage());
    }
  }

  static void serve(ServerSocket listener, int size) {
    while (true) {
      try {
        Socket connection = listener.accept();
        Thread.startVirtualThread(() -> echo(connection, size));
      } catch (IOException error) {
        System.err.println("accept: " + error.getMessage());
      }
    }
  }

  public static void main(String[] words) throws IOException {
    var arguments = new Protocol(words);
    arguments.start();
    var loopback = InetAddress.getByName("127.0.0.1");
    var listener = new ServerSocket(arguments.number("port"), 4096, loopback);
    int size = Math.max(4096, 2 * arguments.number("size"));
    Thread.startVirtualThread(() -> serve(listener, size));
    System.out.println("listening " + listener.getLocalPort());
    Protocol.serve((command, count) -> {
      throw new IllegalArgumentException("unknown command: " + command);
    });
  }
}
