#include "ask/socket_inquiry.hpp"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>
#include <utility>

#include "ask/netlink_attribute.hpp"

namespace aside_app::ask {
namespace {

constexpr std::size_t most_bytes = 4'096;
constexpr std::uint8_t established = 1;  // TCP_ESTABLISHED
constexpr std::uint8_t syn_sent = 2;  // TCP_SYN_SENT, whose header has another tcp_info

template <class Body>
struct request {
  nlmsghdr header;
  Body body;

  request() noexcept : header{}, body{} {
    header.nlmsg_len = sizeof *this;
    header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    header.nlmsg_flags = NLM_F_REQUEST;
  }
  std::span<const std::byte> bytes() const noexcept {
    return std::as_bytes(std::span{this, std::size_t{1}});
  }
};

request<inet_diag_req_v2> question_about(const socket_id& which, std::uint8_t extensions) noexcept {
  request<inet_diag_req_v2> asked;
  asked.body.sdiag_family = which.family;
  asked.body.sdiag_protocol = IPPROTO_TCP;
  asked.body.idiag_ext = extensions;
  asked.body.idiag_states = ~0u;
  static_assert(sizeof asked.body.id == sizeof which.words);
  std::memcpy(&asked.body.id, which.words.data(), sizeof which.words);
  return asked;
}

}  // namespace

socket_inquiry::~socket_inquiry() {
  if (channel_ >= 0) close(channel_);
}

std::span<const std::byte> socket_inquiry::ask(std::span<const std::byte> question) {
  if (refused_) return {};
  if (channel_ < 0) {
    channel_ = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    refused_ = channel_ < 0;
    if (refused_) return {};
    answer_.resize(most_bytes);
  }
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (sendto(channel_, question.data(), question.size(), 0,
             reinterpret_cast<const sockaddr*>(&kernel),
             sizeof kernel) != static_cast<ssize_t>(question.size()))
    return {};
  // The kernel has answered before sendto returns.
  const auto got = recv(channel_, answer_.data(), answer_.size(), MSG_DONTWAIT);
  nlmsghdr header;
  if (got < static_cast<ssize_t>(sizeof header)) return {};
  std::memcpy(&header, answer_.data(), sizeof header);
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || header.nlmsg_len < sizeof header ||
      header.nlmsg_len > static_cast<std::size_t>(got))
    return {};
  return std::span{answer_}.first(header.nlmsg_len).subspan(sizeof header);
}

std::optional<tcp_talk> socket_inquiry::talk_on(const socket_id& which) {
  if (which.family == 0) return std::nullopt;
  const auto answer = ask(question_about(which, 1u << (INET_DIAG_INFO - 1)).bytes());
  inet_diag_msg socket;
  if (answer.size() < sizeof socket) return std::nullopt;
  std::memcpy(&socket, answer.data(), sizeof socket);
  const auto text = attribute_in(answer, sizeof socket, INET_DIAG_INFO);
  tcp_info info{};
  constexpr auto needed = offsetof(tcp_info, tcpi_data_segs_out) + sizeof info.tcpi_data_segs_out;
  if (text.size() < needed) return std::nullopt;
  std::memcpy(&info, text.data(), std::min(text.size(), sizeof info));
  tcp_talk talk;
  talk.heard_ms_ago = info.tcpi_last_data_recv;
  // The kernel's clock is coarse: who asks again at once seems to have heard and said something at
  // the same time.
  talk.owes_answer =
      socket.idiag_state == syn_sent ||
      (info.tcpi_data_segs_out > 0 && info.tcpi_last_data_sent <= info.tcpi_last_data_recv);
  const bool has_heard = info.tcpi_data_segs_in > 0;
  talk.has_asked =
      has_heard && (info.tcpi_data_segs_out == 0 || info.tcpi_last_data_recv <= info.tcpi_last_data_sent);
  talk.came_last =
      has_heard && (info.tcpi_data_segs_out == 0 || info.tcpi_last_data_recv < info.tcpi_last_data_sent);
  return talk;
}

std::uint64_t socket_inquiry::other_end_of(const socket_id& tcp) {
  if (tcp.family == 0) return 0;
  auto question = question_about(tcp, 0);
  auto& id = question.body.id;
  std::swap(id.idiag_sport, id.idiag_dport);
  std::swap(id.idiag_src, id.idiag_dst);
  id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  const auto answer = ask(question.bytes());
  inet_diag_msg socket;
  if (answer.size() < sizeof socket) return 0;
  std::memcpy(&socket, answer.data(), sizeof socket);
  // A listener may answer for a connection that is gone.
  return socket.idiag_state == established ? socket.idiag_inode : 0;
}

std::uint64_t socket_inquiry::other_end_of_unix(std::uint64_t inode) {
  const auto here = unix_end_of(static_cast<std::uint32_t>(inode));
  return here ? here->peer : 0;
}

std::optional<socket_inquiry::unix_end> socket_inquiry::unix_end_of(std::uint32_t inode) {
  request<unix_diag_req> asked;
  asked.body.sdiag_family = AF_UNIX;
  asked.body.udiag_states = ~0u;
  asked.body.udiag_ino = inode;
  asked.body.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER;
  asked.body.udiag_cookie[0] = asked.body.udiag_cookie[1] = INET_DIAG_NOCOOKIE;
  const auto answer = ask(asked.bytes());
  if (answer.size() < sizeof(unix_diag_msg)) return std::nullopt;
  unix_end found;
  found.named = !attribute_in(answer, sizeof(unix_diag_msg), UNIX_DIAG_NAME).empty();
  const auto peer = attribute_in(answer, sizeof(unix_diag_msg), UNIX_DIAG_PEER);
  if (peer.size() == sizeof found.peer) std::memcpy(&found.peer, peer.data(), sizeof found.peer);
  return found;
}

bool socket_inquiry::is_one_of_a_pair(std::uint64_t inode) {
  const auto here = unix_end_of(static_cast<std::uint32_t>(inode));
  has_told_of_unix_ |= here.has_value();
  if (!here || here->named || here->peer == 0) return false;
  const auto there = unix_end_of(here->peer);
  return there && !there->named;
}

}  // namespace aside_app::ask
