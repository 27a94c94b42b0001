import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.Map;

/** What all programs of this peer share of PROTOCOL.md: parameters, commands, leaving. */
final class Protocol {
  final String work;
  private final Map<String, String> values = new HashMap<>();

  Protocol(String[] arguments) {
    String found = "";
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (equals < 0) {
        found = argument;
      } else {
        values.put(argument.substring(0, equals), argument.substring(equals + 1));
      }
    }
    work = found;
  }

  static void fail(int code, String text) {
    System.err.println(text);
    Runtime.getRuntime().halt(code);
  }

  boolean is(String key, String value) {
    return value.equals(values.get(key));
  }

  int number(String key) {
    if (!values.containsKey(key)) {
      fail(2, key + "= is missing");
    }
    return Integer.parseInt(values.get(key));
  }

  /** Before the first virtual thread: sets how many threads carry them; SIGTERM leaves with 0. */
  void start() {
    String workers = Integer.toString(number("workers"));
    System.setProperty("jdk.virtualThreadScheduler.parallelism", workers);
    System.setProperty("jdk.virtualThreadScheduler.maxPoolSize", workers);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(0)));
  }

  interface Command {
    String answer(String command, int count) throws Exception;
  }

  /** Answers commands until the end of stdin. */
  static void serve(Command other) {
    try (var lines = new BufferedReader(new InputStreamReader(System.in))) {
      for (String line; (line = lines.readLine()) != null && !line.equals("quit"); ) {
        String[] words = line.split(" ");
        int count = words.length > 1 ? Integer.parseInt(words[1]) : 0;
        System.out.println(other.answer(words[0], count));
      }
    } catch (Exception error) {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
    Runtime.getRuntime().halt(0);
  }
}
