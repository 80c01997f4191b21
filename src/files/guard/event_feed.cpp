#include "files/guard/event_feed.h"

#include <sys/socket.h>

#include <boost/json.hpp>

namespace vedette::files {
namespace json = boost::json;
namespace {

bool send_now(int socket, const std::string& line) {
  return ::send(socket, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(line.size());
}

}  // namespace

void EventFeed::publish(json::object event) {
  std::lock_guard lock(mutex_);
  event["n"] = ++last_;
  auto line = json::serialize(event) + "\n";
  std::erase_if(listeners_, [&](const UniqueFd& listener) { return !send_now(listener.get(), line); });
  if (kept_.size() >= kKept) kept_.pop_front();
  kept_.emplace_back(last_, std::move(line));
}

void EventFeed::listen(UniqueFd socket, std::string_view run, std::uint64_t after) {
  if (run != run_) after = 0;
  std::lock_guard lock(mutex_);
  std::string text = json::serialize(json::object{{"event", "hello"}, {"run", run_}, {"last", last_}}) + "\n";
  for (const auto& [number, line] : kept_)
    if (number > after) text += line;
  // The oldest listener goes first: a killed agent's may still be there.
  if (listeners_.size() >= kListenersMax) listeners_.erase(listeners_.begin());
  constexpr int kRoom = 1 << 20;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &kRoom, sizeof kRoom);
  if (send_now(socket.get(), text)) listeners_.push_back(std::move(socket));
}

}  // namespace vedette::files
