#include "server/live_feed.h"

#include <boost/json.hpp>

#include "server/api/alert_json.h"
#include "server/api/site_json.h"
#include "server/hosts/hosts.h"

namespace vedette::server {
namespace json = boost::json;

namespace {
constexpr std::size_t kPendingMax = 5'000;
constexpr auto kGather = std::chrono::milliseconds(100);
}  // namespace

LiveFeed::LiveFeed(net::EventHub& hub, desk::Desk& desk, desk::Incidents& incidents, sites::SiteWatch& sites,
                   Hosts* hosts, Metrics& metrics)
    : hub_(hub),
      desk_(desk),
      incidents_(incidents),
      sites_(sites),
      hosts_(hosts),
      overflows_(metrics.counter(
          "vedette_live_overflows_total",
          "Times more had changed than is sent one by one; consoles were told to read again")) {
  if (auto mails = desk_.mailbox(1); mails && !mails->empty()) last_mail_ = mails->front().id;
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}
LiveFeed::~LiveFeed() {
  thread_.request_stop();
  changed_.notify_all();
}

void LiveFeed::touch(Topic topic, const std::string& id) {
  {
    std::lock_guard lock(mutex_);
    if (touched_.size() < kPendingMax) {
      touched_.emplace(topic, id);
    } else {
      overflow_ = true;
    }
  }
  changed_.notify_all();
}

void LiveFeed::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    Touched touched;
    bool overflow = false;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return !touched_.empty() || overflow_; })) return;
      changed_.wait_for(lock, stop, kGather, [] { return false; });  // let more gather
      if (stop.stop_requested()) return;
      touched.swap(touched_);
      overflow = std::exchange(overflow_, false);
    }
    if (hub_.clients() > 0) send(touched, overflow);
  }
}

net::ServerEvent LiveFeed::event_of(Topic topic, const std::string& id) {
  json::object data{{"id", id}};
  switch (topic) {
    case Topic::kAlert:
      if (auto alert = desk_.alert(id)) {
        data["state"] = to_string(alert->state);
        data["severity"] = to_string(alert->severity);
      }
      return {"alert", json::serialize(data)};
    case Topic::kIncident:
      if (auto state = incidents_.state(id)) data["state"] = to_string(*state);
      return {"incident", json::serialize(data)};
    case Topic::kSite: {
      auto site = sites_.get(id);
      data["state"] = site ? site_state_word(site->state) : "removed";
      return {"site", json::serialize(data)};
    }
    case Topic::kHost: {
      auto host = hosts_->get(id);
      data["state"] = host ? host->standing() : "removed";
      return {"host", json::serialize(data)};
    }
    case Topic::kFileIncident: {
      auto state = hosts_->incident_state(id);
      data["state"] = state ? *state : "removed";
      return {"file_incident", json::serialize(data)};
    }
  }
  return {};
}

void LiveFeed::send(const Touched& touched, bool overflow) {
  if (overflow) {
    overflows_.add();
    return hub_.publish({"resync", "{}"});
  }
  bool alerts = false;
  for (const auto& [topic, id] : touched) {
    alerts |= topic == Topic::kAlert;
    hub_.publish(event_of(topic, id));
  }
  if (alerts) send_mailbox();
}

void LiveFeed::send_mailbox() {
  auto mails = desk_.mailbox(1);
  if (!mails || mails->empty() || mails->front().id == last_mail_) return;
  last_mail_ = mails->front().id;
  hub_.publish({"mailbox", json::serialize(json::object{{"id", last_mail_}})});
}

}  // namespace vedette::server
