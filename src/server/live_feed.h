// LiveFeed: tells open consoles what changed. Changes of the desk and the site watch are collected and sent
// ten times a second at most, each id once, so that a storm costs a console no more than a look. touch_*()
// never blocks.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "desk/desk.h"
#include "net/http_server.h"
#include "sites/watch/site_watch.h"

namespace vedette::server {

class LiveFeed {
 public:
  LiveFeed(net::EventHub& hub, desk::Desk& desk, sites::SiteWatch& sites, Metrics& metrics);
  ~LiveFeed();  // stops; nothing is sent afterwards

  void touch_alert(const std::string& id);
  void touch_site(const std::string& id);

 private:
  void run(std::stop_token stop);
  void send(const std::set<std::string>& alerts, const std::set<std::string>& sites, bool overflow);
  void send_mailbox();

  net::EventHub& hub_;
  desk::Desk& desk_;
  sites::SiteWatch& sites_;
  Counter& overflows_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<std::string> alert_ids_, site_ids_;
  bool overflow_ = false;
  std::string last_mail_;
  std::jthread thread_;
};

}  // namespace vedette::server
