#include "server/live_feed.h"

#include <boost/json.hpp>

#include "server/api/alert_json.h"
#include "server/api/site_json.h"

namespace vedette::server {
namespace json = boost::json;

namespace {
constexpr std::size_t kPendingMax = 5'000;
constexpr auto kGather = std::chrono::milliseconds(100);
}  // namespace

LiveFeed::LiveFeed(net::EventHub& hub, desk::Desk& desk, sites::SiteWatch& sites, Metrics& metrics)
    : hub_(hub),
      desk_(desk),
      sites_(sites),
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

void LiveFeed::touch_alert(const std::string& id) {
  {
    std::lock_guard lock(mutex_);
    if (alert_ids_.size() < kPendingMax) {
      alert_ids_.insert(id);
    } else {
      overflow_ = true;
    }
  }
  changed_.notify_all();
}
void LiveFeed::touch_site(const std::string& id) {
  {
    std::lock_guard lock(mutex_);
    if (site_ids_.size() < kPendingMax) {
      site_ids_.insert(id);
    } else {
      overflow_ = true;
    }
  }
  changed_.notify_all();
}

void LiveFeed::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::set<std::string> alerts, sites;
    bool overflow = false;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return !alert_ids_.empty() || !site_ids_.empty() || overflow_; }))
        return;
      changed_.wait_for(lock, stop, kGather, [] { return false; });  // let more gather
      if (stop.stop_requested()) return;
      alerts.swap(alert_ids_);
      sites.swap(site_ids_);
      overflow = std::exchange(overflow_, false);
    }
    if (hub_.clients() > 0) send(alerts, sites, overflow);
  }
}

void LiveFeed::send(const std::set<std::string>& alerts, const std::set<std::string>& sites, bool overflow) {
  if (overflow) {
    overflows_.add();
    return hub_.publish({"resync", "{}"});
  }
  for (const auto& id : alerts) {
    json::object data{{"id", id}};
    if (auto alert = desk_.alert(id)) {
      data["state"] = to_string(alert->state);
      data["severity"] = to_string(alert->severity);
    }
    hub_.publish({"alert", json::serialize(data)});
  }
  for (const auto& id : sites) {
    auto site = sites_.get(id);
    hub_.publish({"site", json::serialize(json::object{
                              {"id", id}, {"state", site ? to_string(site->state) : "removed"}})});
  }
  if (!alerts.empty()) send_mailbox();
}

void LiveFeed::send_mailbox() {
  auto mails = desk_.mailbox(1);
  if (!mails || mails->empty() || mails->front().id == last_mail_) return;
  last_mail_ = mails->front().id;
  hub_.publish({"mailbox", json::serialize(json::object{{"id", last_mail_}})});
}

}  // namespace vedette::server
