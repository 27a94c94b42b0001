// One value from one task to another, once: here the answer to a question.

#include <aside/aside.hpp>

#include <cstdio>
#include <string>

using aside::task;

struct question {
  std::string text;
  aside::oneshot_sender<std::string> answer;
};

task<> answerer(question asked) {
  co_await aside::yield();
  asked.answer.set("the answer to \"" + asked.text + "\" is 42");
}

task<> silent(question) { co_return; }  // drops the sender: the asker learns of it

task<std::string> ask(aside::nursery& n, std::string text, task<> (*who)(question)) {
  auto [send, receive] = aside::oneshot<std::string>();
  question asked{std::move(text), std::move(send)};
  n.spawn(who, std::move(asked));
  auto answer = co_await receive.as_result();
  co_return answer ? *answer : answer.error().message();
}

task<> app() {
  co_await aside::scope([](aside::nursery& n) -> task<> {
    const std::string first = co_await ask(n, "life, the universe and everything", answerer);
    std::printf("%s\n", first.c_str());
    const std::string second = co_await ask(n, "and why", silent);
    std::printf("%s\n", second.c_str());
  });
}

int main() { return aside::run(app); }
