// LogService: the server's side of the log watch as one part: the event store in <data>/events, the rules and
// which of them are switched off, the inputs (syslog; HTTP comes through the API), the searches people keep,
// and their housekeeping. open() starts no input; all calls
// are thread-safe but start(), stop() and tick(), which one thread makes.
#pragma once

#include <memory>
#include <string>

#include "logs/watch/log_watch.h"
#include "model/refusal.h"
#include "net/line_socket.h"
#include "net/syslog_listener.h"
#include "server/config/config.h"
#include "server/logs/rule_switch.h"
#include "server/logs/saved_searches.h"
#include "server/logs/source_habits.h"
#include "server/logs/source_silence.h"

namespace vedette::server {

// What the API answers where there is no LogService.
inline Error takes_no_logs() { return refuse(ErrorCode::kNotFound, "logs.off").error(); }

class LogService {
 public:
  static Result<std::unique_ptr<LogService>> open(const Config& config, const std::filesystem::path& folder,
                                                  store::Database& database, FindingSink& sink,
                                                  const Clock& clock, Metrics& metrics);
  ~LogService();

  Result<void> start();
  void stop();
  void tick();  // about once a second
  // Reads the rules anew (SIGHUP). A set that cannot be read at all leaves the old one in force.
  Result<void> reload(const Config& config);

  logs::LogWatch& watch() { return *watch_; }
  store::EventStore& events() { return *store_; }
  RuleSwitch& rule_switch() { return *switch_; }
  SavedSearches& searches() { return searches_; }
  const SourceSilence& silence() const { return *silence_; }
  const SourceHabits& habits() const { return *habits_; }
  std::chrono::seconds silent_after() const { return silent_after_; }
  int keep_months() const { return keep_months_; }
  net::SyslogListener::Status syslog() const;
  // What it sees and what not, for Health: `what` is a key, `reason` empty or a sentence of its own.
  struct Sight {
    Message what;
    bool ok = true;
    Message reason;
  };
  std::vector<Sight> sights() const;

 private:
  LogService(const Config& config, std::filesystem::path rule_cache, store::Database& database,
             const Clock& clock);
  bool take_syslog(std::vector<net::SyslogMessage>& batch);
  bool take_eve(const std::string& path, std::vector<std::string>& lines);
  void watch_sources();
  void keep_house();

  const std::filesystem::path rule_cache_;
  const Clock& clock_;
  const int keep_months_;
  const std::chrono::seconds silent_after_;
  std::unique_ptr<store::EventStore> store_;
  SavedSearches searches_;
  std::unique_ptr<logs::LogWatch> watch_;
  std::unique_ptr<RuleSwitch> switch_;
  std::unique_ptr<SourceSilence> silence_;
  std::unique_ptr<SourceHabits> habits_;
  std::unique_ptr<net::SyslogListener> listener_;
  std::vector<std::unique_ptr<net::LineSocket>> eve_;
  SteadyTime next_look_{}, next_house_{};
  std::jthread house_;  // sealing a day may take minutes
  std::atomic<bool> house_busy_{false};
};

}  // namespace vedette::server
