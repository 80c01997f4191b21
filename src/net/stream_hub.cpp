#include "net/stream_hub.h"

namespace vedette::net {

std::string format_event(const ServerEvent& event) {
  std::string out = "event: ";
  for (const char c : event.name) {
    if (c != '\r' && c != '\n' && c != '\0') out.push_back(c);
  }
  out += "\ndata: ";
  for (const char c : event.data) {
    if (c == '\n') {
      out += "\ndata: ";
    } else if (c != '\r') {
      out.push_back(c);
    }
  }
  out += "\n\n";
  return out;
}

std::string EventStream::take(std::size_t bytes_max) {
  woken_.store(false);
  std::string out;
  while (out.size() < bytes_max) {
    const auto line = queue_.try_pop();
    if (!line) break;
    out += **line;
  }
  return out;
}

bool EventStream::push(const Line& line) {
  const bool taken = queue_.push(line) == Push::kTaken;
  if (!woken_.exchange(true)) wake_();
  return taken;
}

StreamHub::StreamHub(std::size_t streams_max, std::size_t bound, Metrics& metrics)
    : streams_max_(streams_max),
      bound_(bound),
      slow_(metrics.counter("vedette_http_refused_total", "Connections and requests turned away, by reason.",
                            {{"reason", "slow_stream"}})),
      refused_(metrics.counter("vedette_http_refused_total",
                               "Connections and requests turned away, by reason.", {{"reason", "streams"}})),
      open_(metrics.gauge("vedette_http_streams", "Open Server-Sent Events connections.")) {}

void StreamHub::publish(const ServerEvent& event) {
  const auto line = std::make_shared<const std::string>(format_event(event));
  std::lock_guard lock(mutex_);
  // Lost clients leave the list at once, so that each is counted once and costs nothing more.
  std::erase_if(streams_, [&](const auto& stream) {
    if (stream->push(line)) return false;
    slow_.add();
    return true;
  });
  open_.set(static_cast<double>(streams_.size()));
}

std::size_t StreamHub::clients() const {
  std::lock_guard lock(mutex_);
  return streams_.size();
}

std::shared_ptr<EventStream> StreamHub::open(std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  if (streams_.size() >= streams_max_) {
    refused_.add();
    return nullptr;
  }
  streams_.push_back(std::make_shared<EventStream>(bound_, std::move(wake)));
  open_.set(static_cast<double>(streams_.size()));
  return streams_.back();
}

void StreamHub::close(const std::shared_ptr<EventStream>& stream) {
  std::lock_guard lock(mutex_);
  std::erase(streams_, stream);
  open_.set(static_cast<double>(streams_.size()));
}

}  // namespace vedette::net
