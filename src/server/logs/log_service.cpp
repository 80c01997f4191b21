#include "server/logs/log_service.h"

#include "base/allocator.h"
#include "base/log.h"
#include "logs/sigma/pipeline.h"
#include "logs/sigma/rule_cache.h"
#include "model/content.h"

namespace vedette::server {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(10);
constexpr auto kHouseEvery = std::chrono::minutes(10);

std::shared_ptr<const logs::RuleSnapshot> read_rules(const Config& config,
                                                     const std::filesystem::path& cache) {
  std::vector<std::filesystem::path> paths(config.log_rules.begin(), config.log_rules.end());
  logs::sigma::LoadOptions options;
  options.pipelines = logs::sigma::default_pipelines();
  std::vector<logs::sigma::RuleText> own;
  for (const auto& file : content::content_files())
    if (config.log_own_rules && file.path.starts_with("rules/") && !file.path.ends_with(".test.yml"))
      own.push_back({"vedette:" + std::string(file.path), file.bytes});
  // The administrator's first: of two rules with one id theirs is taken.
  auto loaded = logs::sigma::load_rules_cached(paths, options, cache, own);
  if (!loaded.trouble.empty())
    log::warn("logs", "the rules could not be kept for the next start", {{"error.message", loaded.trouble}});
  auto& rules = loaded.set;
  for (const auto& refused : rules.refused)
    log::warn("logs", "a rule could not be loaded",
              {{"file.path", refused.file}, {"file.line", refused.line}, {"error.message", refused.reason}});
  log::info("logs", "rules are in force",
            {{"rules", rules.rules.size()}, {"refused", rules.refused.size()}, {"unchanged", loaded.warm}});
  return logs::make_snapshot(std::move(rules), std::move(options.pipelines));
}

}  // namespace

LogService::LogService(const Config& config, std::filesystem::path rule_cache, store::Database& database,
                       const Clock& clock)
    : rule_cache_(std::move(rule_cache)),
      clock_(clock),
      keep_months_(static_cast<int>(config.log_keep_months)),
      silent_after_(config.log_silent_seconds),
      searches_(database, clock) {}

LogService::~LogService() { stop(); }

Result<std::unique_ptr<LogService>> LogService::open(const Config& config,
                                                     const std::filesystem::path& folder,
                                                     store::Database& database, FindingSink& sink,
                                                     const Clock& clock, Metrics& metrics) {
  std::unique_ptr<LogService> out(
      new LogService(config, folder.parent_path() / "rules.cache", database, clock));
  keep_large_blocks();
  TRY_ASSIGN(out->store_, store::open_event_store(
                              {.folder = folder,
                               .memory_bytes = static_cast<std::size_t>(config.log_memory_mib) << 20,
                               // DuckDB's threads wait for each other by asking all the time, which costs
                               // more than they save where the processors have enough to do.
                               .threads = 1,
                               .disk_reserve = static_cast<std::uint64_t>(config.log_disk_reserve_mib) << 20,
                               .size_max = static_cast<std::uint64_t>(config.log_size_max_gib) << 30,
                               .drop_oldest = config.log_drop_oldest},
                              clock, metrics));
  logs::LogWatchOptions options;
  options.alert_from = severity_from(config.log_alert_from).value_or(Severity::kMedium);
  options.lateness = std::chrono::seconds(config.log_lateness_seconds);
  options.times = {std::chrono::seconds(config.log_clock_ahead_seconds),
                   std::chrono::days(config.log_event_age_days)};
  if (config.log_time_zone.empty()) {
    options.zone = logs::Zone::system();
  } else {
    TRY_ASSIGN(options.zone, logs::Zone::named(config.log_time_zone));
  }
  TRY_ASSIGN(out->watch_, logs::LogWatch::start(options, read_rules(config, out->rule_cache_), *out->store_,
                                                sink, clock, metrics));
  TRY_ASSIGN(out->switch_, RuleSwitch::open(database, clock, [watch = out->watch_.get()](const auto& off) {
               logs::LogWatch::RuleIds ids;
               for (const auto& [rule, how] : off) ids.insert(rule);
               watch->switch_off(std::move(ids));
             }));
  TRY_ASSIGN(out->silence_, SourceSilence::open(database, sink, clock, out->silent_after_));
  TRY_ASSIGN(out->habits_, SourceHabits::open(database, sink, clock));
  net::SyslogListenerOptions syslog;
  auto add = [&](const std::string& listen, net::SyslogTransport transport) {
    if (listen.empty()) return;
    auto parts = listen_parts(listen);
    syslog.endpoints.push_back({transport, parts.address, parts.port});
  };
  add(config.log_syslog_udp, net::SyslogTransport::kUdp);
  add(config.log_syslog_tcp, net::SyslogTransport::kTcp);
  add(config.log_syslog_tls, net::SyslogTransport::kTls);
  if (!config.tls_certificate.empty()) syslog.tls = net::TlsFiles{config.tls_certificate, config.tls_key};
  if (!syslog.endpoints.empty())
    out->listener_ = net::make_syslog_listener(
        std::move(syslog), [service = out.get()](auto& batch) { return service->take_syslog(batch); },
        metrics);
  for (const auto& [path, datagrams] :
       {std::pair(config.log_eve_stream, false), std::pair(config.log_eve_datagrams, true)}) {
    if (path.empty()) continue;
    out->eve_.push_back(std::make_unique<net::LineSocket>(
        net::LineSocketOptions{.path = path, .datagrams = datagrams, .line_bytes_max = logs::kEventBytesMax},
        [service = out.get(), path](auto& lines) { return service->take_eve(path, lines); }));
  }
  return out;
}

Result<void> LogService::start() {
  if (listener_) TRY(listener_->start());
  for (auto& socket : eve_) TRY(socket->start());
  return {};
}

void LogService::stop() {
  for (auto& socket : eve_) socket->stop();
  if (listener_) listener_->stop();
  house_ = {};
}

// One batch for each sender, without waiting for the answer: syslog has none. What is refused for want of
// room is left with the listener, which keeps a stream waiting and counts a datagram.
bool LogService::take_syslog(std::vector<net::SyslogMessage>& batch) {
  std::map<std::string, logs::LogBatch> by_peer;
  const auto now = clock_.wall();
  for (const auto& message : batch) {
    auto& one = by_peer[message.peer];
    if (one.events.empty()) {
      one.sender = {"syslog/" + message.peer, message.peer, "syslog", keep_months_};
      one.form = logs::LogForm::kText;
      one.received = now;
    }
    one.events.push_back(message.bytes);
  }
  std::vector<net::SyslogMessage> refused;
  for (auto& [peer, one] : by_peer) {
    auto answer = watch_->submit(std::move(one));
    if (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) continue;
    if (auto taken = answer.get(); !taken && taken.error().code() == ErrorCode::kLimit)
      std::ranges::copy_if(batch, std::back_inserter(refused),
                           [&](const auto& message) { return message.peer == peer; });
  }
  batch = std::move(refused);
  return batch.empty();
}

// Without waiting for the answer: Suricata's output has none. What is refused for want of room is left with
// the socket, which reads on when it was taken.
bool LogService::take_eve(const std::string& path, std::vector<std::string>& lines) {
  logs::LogBatch batch;
  batch.sender = {"eve/" + path, "Suricata (" + path + ")", "suricata.eve", keep_months_};
  batch.form = logs::LogForm::kReader;
  batch.format = "eve";
  batch.received = clock_.wall();
  batch.events = lines;
  auto answer = watch_->submit(std::move(batch));
  if (answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
    if (auto taken = answer.get(); !taken && taken.error().code() == ErrorCode::kLimit) return false;
  lines.clear();
  return true;
}

void LogService::tick() {
  const auto now = clock_.steady();
  if (now >= next_look_) {
    next_look_ = now + kLookEvery;
    watch_sources();
    switch_->tick();
  }
  if (now >= next_house_ && !house_busy_.exchange(true)) {
    next_house_ = now + kHouseEvery;
    house_ = std::jthread([this] {
      keep_house();
      house_busy_ = false;
    });
  }
}

void LogService::watch_sources() {
  std::vector<SourceSilence::Heard> heard;
  std::vector<SourceHabits::Heard> habits;
  for (auto& one : watch_->status().senders) {
    // A host that is not heard of is told by its agent's signs of life; its files may well say nothing.
    const bool watched = !one.sender.id.starts_with("agent/");
    if (watched) heard.push_back({one.sender.id, one.sender.name, one.last_at, one.events});
    habits.push_back(
        {one.sender.id, one.sender.name, one.events, one.unparsed, std::move(one.kinds), watched});
  }
  silence_->look(heard);
  habits_->look(habits);
}

void LogService::keep_house() {
  auto kept = store_->keep_house();
  if (!kept) {
    log::error("events", "days could not be sealed or removed", {{"error.message", kept.error().full()}});
    return;
  }
  for (const auto& file : kept->removed_early)
    log::error("events", "a day was removed before its time, for want of room", {{"file.name", file}});
}

Result<void> LogService::reload(const Config& config) {
  watch_->use_rules(read_rules(config, rule_cache_));
  return {};
}

net::SyslogListener::Status LogService::syslog() const {
  return listener_ ? listener_->status() : net::SyslogListener::Status{};
}

std::vector<LogService::Sight> LogService::sights() const {
  std::vector<Sight> out;
  const auto rules = watch_->rules();
  const auto status = watch_->status();
  auto add = [&](const char* what, bool ok, std::string reason, std::uint64_t count) {
    out.push_back({{std::string("logs.sight.") + what, {}},
                   ok,
                   {"logs.blind." + std::move(reason), {{"count", std::to_string(count)}}}});
  };
  if (rules->facts.empty()) add("rules", false, "no_rules", 0);
  if (!rules->set.refused.empty()) add("rules", false, "refused_rules", rules->set.refused.size());
  if (auto lost = status.correlations.lost(); lost > 0) add("rules", false, "correlations", lost);
  // A person's decision, and made to end by itself: not something the watch fails at.
  if (auto off = switch_->all().size(); off > 0) add("rules", true, "switched_off", off);
  if (store_->status().disk_full) add("store", false, "disk_full", 0);
  if (auto dropped = syslog().udp_dropped; dropped > 0) add("inputs", false, "udp_dropped", dropped);
  if (auto unwatched = silence_->unwatched(); unwatched > 0) add("inputs", false, "unwatched", unwatched);
  if (auto without = habits_->without_habit(); without > 0) add("inputs", false, "without_habit", without);
  if (status.refused > 0) add("inputs", false, "refused_batches", status.refused);
  if (out.empty())
    out.push_back({{"logs.sight.rules", {}},
                   true,
                   {"logs.blind.seen", {{"rules", std::to_string(rules->facts.size())}}}});
  return out;
}

}  // namespace vedette::server
