// LiveFeed: tells open consoles what changed. Changes of alerts, incidents, sites and hosts are collected
// and sent ten times a second at most, each id once, so that a storm costs a console no more than a look.
// touch_*() never blocks.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "desk/incidents/incidents.h"
#include "net/http_server.h"
#include "sites/watch/site_watch.h"

namespace vedette::server {

class Hosts;

class LiveFeed {
 public:
  // `hosts`: null where none are taken.
  LiveFeed(net::EventHub& hub, desk::Desk& desk, desk::Incidents& incidents, sites::SiteWatch& sites,
           Hosts* hosts, Metrics& metrics);
  ~LiveFeed();  // stops; nothing is sent afterwards

  void touch_alert(const std::string& id) { touch(Topic::kAlert, id); }
  void touch_site(const std::string& id) { touch(Topic::kSite, id); }
  void touch_host(const std::string& id) { touch(Topic::kHost, id); }
  void touch_incident(const std::string& id) { touch(Topic::kIncident, id); }
  void touch_file_incident(const std::string& id) { touch(Topic::kFileIncident, id); }

 private:
  enum class Topic { kAlert, kIncident, kSite, kHost, kFileIncident };
  using Touched = std::set<std::pair<Topic, std::string>>;
  void touch(Topic topic, const std::string& id);
  void run(std::stop_token stop);
  void send(const Touched& touched, bool overflow);
  net::ServerEvent event_of(Topic topic, const std::string& id);
  void send_mailbox();

  net::EventHub& hub_;
  desk::Desk& desk_;
  desk::Incidents& incidents_;
  sites::SiteWatch& sites_;
  Hosts* const hosts_;
  Counter& overflows_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  Touched touched_;
  bool overflow_ = false;
  std::string last_mail_;
  std::jthread thread_;
};

}  // namespace vedette::server
