#include "sites/render/devtools_connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "base/log.h"

namespace vedette::sites {
namespace json = boost::json;
namespace {

constexpr int kWriteWait_ms = 10'000;
constexpr std::size_t kReadStep = 64u << 10;
constexpr std::size_t kAnswersMax = 65'536;

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::optional<DevtoolsMessage> DevtoolsInbox::pop_for(std::chrono::milliseconds wait) {
  auto message = queue_.pop_for(wait);
  if (message) bytes_ -= message->bytes;
  return message;
}

void DevtoolsInbox::push(DevtoolsMessage message) {
  bool event = message.id == 0;
  if (event && (queue_.size() >= kEventsMax || bytes_ + message.bytes > kBytesMax)) {
    ++dropped_;
    return;
  }
  std::size_t bytes = message.bytes;
  bytes_ += bytes;
  if (queue_.push(std::move(message)) != Push::kTaken) {
    bytes_ -= bytes;
    ++dropped_;
  }
}

DevtoolsConnection::DevtoolsConnection(int read_fd, int write_fd)
    : read_fd_(read_fd), write_fd_(write_fd), wake_fd_(eventfd(0, EFD_CLOEXEC)) {
  fcntl(write_fd_, F_SETFL, fcntl(write_fd_, F_GETFL) | O_NONBLOCK);
  fcntl(read_fd_, F_SETFL, fcntl(read_fd_, F_GETFL) | O_NONBLOCK);
  reader_ = std::jthread([this](std::stop_token stop) { read_loop(stop); });
}

DevtoolsConnection::~DevtoolsConnection() {
  reader_.request_stop();
  std::uint64_t one = 1;
  if (write(wake_fd_, &one, sizeof one) < 0) log::warn("sites.render", "cannot wake the reader");
  reader_.join();
  close(read_fd_);
  close(write_fd_);
  close(wake_fd_);
}

Result<int> DevtoolsConnection::send(const std::shared_ptr<DevtoolsInbox>& inbox, std::string_view session,
                                     std::string_view method, json::object params) {
  int id = 0;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return fail(ErrorCode::kUnavailable, "Chromium has closed its pipe");
    if (answers_.size() >= kAnswersMax) return fail(ErrorCode::kLimit, "Chromium owes too many answers");
    id = next_id_++;
    answers_[id] = inbox;
  }
  json::object message{{"id", id}, {"method", method}, {"params", std::move(params)}};
  if (!session.empty()) message["sessionId"] = session;
  std::string bytes = json::serialize(message);
  bytes.push_back('\0');
  std::lock_guard lock(write_mutex_);
  std::size_t done = 0;
  while (done < bytes.size()) {
    ssize_t n = ::send(write_fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (n < 0 && errno == EAGAIN) {
      pollfd wait{write_fd_, POLLOUT, 0};
      if (poll(&wait, 1, kWriteWait_ms) <= 0) break;
    } else if (n < 0 && errno != EINTR) {
      break;
    }
  }
  if (done < bytes.size()) {  // a part of a message is worse than none: the stream is lost
    close_all();
    return fail(ErrorCode::kUnavailable, "Chromium does not read its pipe");
  }
  return id;
}

void DevtoolsConnection::join(const std::string& session, const std::shared_ptr<DevtoolsInbox>& inbox) {
  std::lock_guard lock(mutex_);
  sessions_[session] = inbox;
}

void DevtoolsConnection::leave(const std::shared_ptr<DevtoolsInbox>& inbox) {
  std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](const auto& item) { return item.second == inbox; });
  std::erase_if(answers_, [&](const auto& item) { return item.second == inbox; });
}

void DevtoolsConnection::close_all() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto& [session, inbox] : sessions_) inbox->queue_.close();
  for (auto& [id, inbox] : answers_) inbox->queue_.close();
}

void DevtoolsConnection::route(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 128;
  options.allow_invalid_utf8 = true;
  json::value value = json::parse(text, error, {}, options);
  // A message that is no JSON (a lone surrogate out of a page's text) is passed over; what waits for it has a
  // time limit.
  if (error || !value.is_object()) return;
  auto& object = value.get_object();
  DevtoolsMessage message;
  message.bytes = text.size();
  message.session = text_of(object, "sessionId");
  message.method = text_of(object, "method");
  if (const auto* id = object.if_contains("id"); id != nullptr && id->is_int64()) {
    message.id = static_cast<int>(id->get_int64());
  }
  if (auto* fault = object.if_contains("error"); fault != nullptr && fault->is_object()) {
    message.error = text_of(fault->get_object(), "message");
    if (message.error.empty()) message.error = "failed";
  }
  auto* body = object.if_contains(message.id != 0 ? "result" : "params");
  if (body != nullptr && body->is_object()) message.body = std::move(body->get_object());

  std::shared_ptr<DevtoolsInbox> inbox;
  {
    std::lock_guard lock(mutex_);
    if (message.id != 0) {
      auto found = answers_.find(message.id);
      if (found == answers_.end()) return;
      inbox = found->second;
      answers_.erase(found);
    } else {
      auto found = sessions_.find(message.session);
      if (found == sessions_.end()) return;
      inbox = found->second;
      if (message.method == "Target.attachedToTarget") {
        sessions_[text_of(message.body, "sessionId")] = inbox;
      } else if (message.method == "Target.detachedFromTarget") {
        sessions_.erase(text_of(message.body, "sessionId"));
      }
    }
  }
  inbox->push(std::move(message));
}

void DevtoolsConnection::read_loop(std::stop_token stop) {
  std::string buffer;
  std::size_t searched = 0;
  while (!stop.stop_requested()) {
    pollfd fds[2] = {{read_fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) break;
    if (fds[1].revents != 0) break;
    std::size_t before = buffer.size();
    buffer.resize(before + kReadStep);
    ssize_t n = read(read_fd_, buffer.data() + before, kReadStep);
    buffer.resize(before + (n > 0 ? static_cast<std::size_t>(n) : 0));
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) break;
    std::size_t start = 0;
    for (auto end = buffer.find('\0', searched); end != std::string::npos; end = buffer.find('\0', start)) {
      route(std::string_view(buffer).substr(start, end - start));
      start = end + 1;
    }
    buffer.erase(0, start);
    searched = buffer.size();
    if (buffer.size() > kMessageBytesMax) {
      log::warn("sites.render", "a DevTools message is longer than the limit; Chromium is given up",
                {{"bytes", buffer.size()}});
      break;
    }
  }
  close_all();
}

}  // namespace vedette::sites
