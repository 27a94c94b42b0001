// A chat: whoever connects sends a name and then lines, and gets the lines of the others. Nobody who
// reads slowly blocks the others or costs memory without limit: whose mailbox is full has to leave.

#include <aside/aside.hpp>
#include <aside/io/buffered_reader.hpp>
#include <aside/io/buffered_writer.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

using aside::task;
using aside::tcp_stream;

using message = std::shared_ptr<const std::string>;  // one text, however many mailboxes it is in

// Messages for one member. Members run on any core, so a mutex guards it; no task waits under that.
class mailbox {
 public:
  void put(const message& m) {
    bool is_full = false;
    {
      const std::lock_guard lock(mutex_);
      is_full = messages_.size() == most;
      if (!is_full) messages_.push_back(m);
    }
    (is_full ? overflowed_ : filled_).set();
  }
  task<std::vector<message>> take() {
    for (;;) {
      co_await filled_.wait();
      const std::lock_guard lock(mutex_);
      if (!messages_.empty()) co_return std::exchange(messages_, {});
    }
  }
  task<> overflow() { co_await overflowed_.wait(); }

 private:
  static constexpr std::size_t most = 200;
  std::mutex mutex_;
  std::vector<message> messages_;
  aside::event filled_;
  aside::event overflowed_;
};

class room {
 public:
  void enter(std::shared_ptr<mailbox> m) {
    const std::lock_guard lock(mutex_);
    members_.push_back(std::move(m));
  }
  void leave(const mailbox& m) {
    const std::lock_guard lock(mutex_);
    std::erase_if(members_, [&](const auto& other) { return other.get() == &m; });
  }
  void say(const mailbox& from, std::string text) {
    const auto m = std::make_shared<const std::string>(std::move(text));
    const std::lock_guard lock(mutex_);
    for (const auto& member : members_)
      if (member.get() != &from) member->put(m);
  }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<mailbox>> members_;
};

class membership {
 public:
  membership(room& r, std::shared_ptr<mailbox> m) : room_(r), mine_(*m) { room_.enter(std::move(m)); }
  membership(const membership&) = delete;
  ~membership() { room_.leave(mine_); }

 private:
  room& room_;
  mailbox& mine_;
};

task<> listen(aside::buffered_reader<tcp_stream>& in, const std::string& name, room& all,
              const mailbox& mine) {
  while (const auto line = co_await in.line())
    all.say(mine, name + ": " + std::string(*line) + "\n");
}
task<> deliver(tcp_stream& peer, mailbox& mine) {
  aside::buffered_writer out(peer);
  for (;;) {
    const std::vector<message> some = co_await mine.take();
    for (const message& m : some)
      co_await out.write(*m);
    co_await out.flush();  // waits while the peer does not read; its mailbox fills meanwhile
  }
}

task<> member(tcp_stream peer, std::shared_ptr<room> all) {
  aside::buffered_reader in(peer, 2000);  // the longest line
  const auto first = co_await in.line();
  if (!first) co_return;
  const std::string name(*first);
  const auto mine = std::make_shared<mailbox>();
  const membership here(*all, mine);
  co_await peer.write("welcome\n");
  co_await aside::race(listen(in, name, *all, *mine), deliver(peer, *mine), mine->overflow());
}

// ---- three members: carl never reads

class client {
 public:
  explicit client(tcp_stream s)
      : stream_(std::make_unique<tcp_stream>(std::move(s))), in_(*stream_) {}
  tcp_stream& stream() { return *stream_; }
  auto line() { return in_.line(); }

 private:
  std::unique_ptr<tcp_stream> stream_;
  aside::buffered_reader<tcp_stream> in_;
};

task<client> enter(std::string address, std::string name) {
  client c(co_await tcp_stream::connect(address));
  co_await c.stream().write(name, "\n");
  static_cast<void>(co_await c.line());  // welcome
  co_return std::move(c);
}

task<> talk(std::string address) {
  client ann = co_await enter(address, "ann");
  client bob = co_await enter(address, "bob");
  client carl = co_await enter(address, "carl");
  const std::string text(1000, '!');
  std::size_t heard = 0;
  for (int i = 0; i < 20'000; ++i) {
    co_await ann.stream().write(text, "\n");
    const auto line = co_await bob.line();
    heard += line->size();
  }
  std::printf("bob heard %zu bytes\n", heard);
  for (;;) {  // carl wakes up: what had been sent to him, and then the end, perhaps within a line
    const auto line = co_await carl.line().as_result();
    if (!line || !*line) break;
  }
  std::puts("carl did not read, and had to leave");
}

task<> app() {
  auto listener = co_await aside::tcp_listener::bind("127.0.0.1:0");
  const std::string address = "127.0.0.1:" + std::to_string(listener.port());
  const auto all = std::make_shared<room>();
  co_await aside::scope([&](aside::nursery& n) -> task<> {
    n.spawn_local([&]() -> task<> { co_await listener.serve(member, all); });
    co_await talk(address);
    n.request_stop();
  });
}

int main() { return aside::run(app); }
