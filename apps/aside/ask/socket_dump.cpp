#include "ask/socket_dump.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <array>
#include <cstring>
#include <string>

namespace aside_app::ask {
namespace {

constexpr std::uint32_t bit_of(int state) noexcept { return 1u << static_cast<unsigned>(state); }

/// All but TCP_TIME_WAIT and those that nobody has accepted.
constexpr std::uint32_t open_states =
    bit_of(TCP_ESTABLISHED) | bit_of(TCP_SYN_SENT) | bit_of(TCP_FIN_WAIT1) | bit_of(TCP_FIN_WAIT2) |
    bit_of(TCP_CLOSE_WAIT) | bit_of(TCP_LAST_ACK) | bit_of(TCP_LISTEN) | bit_of(TCP_CLOSING);

struct request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

std::string peer_of(const inet_diag_msg& socket) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto* address = socket.id.idiag_dst;
  const auto port = std::to_string(ntohs(socket.id.idiag_dport));
  const bool mapped = socket.idiag_family == AF_INET6 && address[0] == 0 && address[1] == 0 &&
                      address[2] == htonl(0xffff);
  if (socket.idiag_family == AF_INET || mapped) {
    inet_ntop(AF_INET, &address[mapped ? 3 : 0], text.data(), text.size());
    return std::string{text.data()} + ":" + port;
  }
  inet_ntop(AF_INET6, address, text.data(), text.size());
  return std::string{"["} + text.data() + "]:" + port;
}

void take(const nlmsghdr& header, std::vector<tcp_row>& into) {
  if (header.nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) return;
  inet_diag_msg socket;
  std::memcpy(&socket, NLMSG_DATA(&header), sizeof socket);
  if (socket.idiag_inode == 0) return;
  socket_id id{socket.idiag_family, {}};
  static_assert(sizeof id.words == sizeof socket.id);
  std::memcpy(id.words.data(), &socket.id, sizeof socket.id);
  into.push_back({socket.idiag_inode, ntohs(socket.id.idiag_sport),
                  socket.idiag_state == TCP_LISTEN, peer_of(socket), id});
}

/// Reads answers until the kernel says that was all.
bool receive(int channel, std::vector<tcp_row>& into) {
  alignas(nlmsghdr) std::array<char, 32768> buffer;
  for (;;) {
    const auto got = recv(channel, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    std::size_t at = 0;
    const auto size = static_cast<std::size_t>(got);
    while (at + sizeof(nlmsghdr) <= size) {
      const auto& header = *reinterpret_cast<const nlmsghdr*>(buffer.data() + at);
      if (header.nlmsg_len < sizeof header || header.nlmsg_len > size - at) return false;
      if (header.nlmsg_type == NLMSG_DONE) return true;
      if (header.nlmsg_type == NLMSG_ERROR) return false;
      take(header, into);
      at += NLMSG_ALIGN(header.nlmsg_len);
    }
  }
}

bool dump(int channel, int family, std::vector<tcp_row>& into) {
  request asked{};
  asked.header.nlmsg_len = sizeof asked;
  asked.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  asked.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  asked.body.sdiag_family = static_cast<std::uint8_t>(family);
  asked.body.sdiag_protocol = IPPROTO_TCP;
  asked.body.idiag_states = open_states;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (sendto(channel, &asked, sizeof asked, 0, reinterpret_cast<const sockaddr*>(&kernel),
             sizeof kernel) != static_cast<ssize_t>(sizeof asked))
    return false;
  return receive(channel, into);
}

}  // namespace

bool dump_tcp_sockets(std::vector<tcp_row>& into) {
  const int channel = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (channel < 0) return false;
  const timeval patience{1, 0};
  setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const bool done = dump(channel, AF_INET, into) && dump(channel, AF_INET6, into);
  close(channel);
  return done;
}

}  // namespace aside_app::ask
