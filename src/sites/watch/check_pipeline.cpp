#include "sites/watch/check_pipeline.h"

#include "base/hash.h"
#include "base/id.h"
#include "base/log.h"
#include "sites/watch/details.h"

namespace vedette::sites {
namespace {

using std::chrono::milliseconds;

constexpr auto kTick = milliseconds(100);
constexpr auto kLate = std::chrono::seconds(30);
constexpr std::string_view kUserAgent =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 "
    "Vedette/0.1";
constexpr std::string_view kSecondUserAgent =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0";

std::uint64_t seed() {
  auto token = random_token(8);
  return std::hash<std::string>{}(token);
}

ExaminerOptions examiner_options(const SiteWatchOptions& options) {
  ExaminerOptions out;
  out.learn_target = options.learn_fetches;
  out.learn_interval = options.learn_interval;
  out.confirm_after = std::min<milliseconds>(options.confirm_after, std::chrono::seconds(20));
  out.failure_retry = options.failure_retry;
  return out;
}

}  // namespace

net::FetchRequest request_for(const Site& site, const SiteWatchOptions& options, const InnerHosts* inner) {
  const SiteConfig& c = site.config;
  net::FetchRequest request;
  request.url = c.url;
  request.headers = c.headers;
  request.user_agent = !c.user_agent.empty()         ? c.user_agent
                       : !options.user_agent.empty() ? options.user_agent
                                                     : std::string(kUserAgent);
  request.basic_user = c.basic_user;
  request.basic_password = c.basic_password;
  request.bearer_token = c.bearer_token;
  request.proxy = c.proxy.empty() ? options.proxy : c.proxy;
  request.ca_file = c.ca_file.empty() ? options.ca_file : c.ca_file;
  request.verify_tls = c.verify_tls;
  request.allow_loopback = options.allow_loopback || c.tour;
  if (inner != nullptr)
    request.inner_host = [inner](std::string_view host, std::uint16_t port) {
      return inner->contains(host, port);
    };
  request.body_bytes_max = options.page_bytes_max;
  request.timeout = options.fetch_timeout;
  request.connect_timeout = std::min(options.fetch_timeout, milliseconds(10'000));
  return request;
}

CheckPipeline::CheckPipeline(WatchParts parts)
    : parts_(std::move(parts)),
      checks_(parts_.metrics.counter("vedette_sites_checks_total", "Checks finished")),
      refused_(parts_.metrics.counter("vedette_sites_fetch_refused_total",
                                      "Fetches put off because the fetcher's queue was full")),
      took_(parts_.metrics.histogram("vedette_sites_check_seconds", "Time of the fetch of one check",
                                     {0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20})),
      jitter_(seed()) {}

CheckPipeline::~CheckPipeline() { stop(); }

void CheckPipeline::start(std::size_t judge_threads) {
  for (std::size_t i = 0; i < std::max<std::size_t>(judge_threads, 1); ++i) {
    judge_threads_.emplace_back([this] { run_judge(); });
  }
  schedule_thread_ = std::jthread([this](std::stop_token stop) { run_schedule(stop); });
}

void CheckPipeline::stop() {
  if (schedule_thread_.joinable()) {
    schedule_thread_.request_stop();
    schedule_thread_.join();
  }
  judge_queue_.close();
  judge_threads_.clear();
}

void CheckPipeline::schedule_in(const std::string& id, milliseconds delay) {
  std::lock_guard lock(mutex_);
  if (auto there = on_the_way_.find(id); there != on_the_way_.end()) return;
  schedule_.set(id, parts_.clock.steady() + delay);
  woken_.notify_one();
}

void CheckPipeline::schedule_first(const Site& site) {
  std::lock_guard lock(mutex_);
  if (on_the_way_.contains(site.id)) return;
  milliseconds interval = site.config.interval;
  auto delay = site.last_check_at ? first_delay(site.next_check_at, parts_.clock.wall(), interval, jitter_)
                                  : milliseconds(0);
  schedule_.set(site.id, parts_.clock.steady() + delay);
  woken_.notify_one();
}

void CheckPipeline::check_now(const std::string& id) {
  std::lock_guard lock(mutex_);
  if (auto there = on_the_way_.find(id); there != on_the_way_.end()) {
    there->second = true;
    return;
  }
  schedule_.set(id, parts_.clock.steady());
  woken_.notify_one();
}

void CheckPipeline::unschedule(const std::string& id) {
  std::lock_guard lock(mutex_);
  schedule_.remove(id);
}

std::size_t CheckPipeline::in_flight() const {
  std::lock_guard lock(mutex_);
  return on_the_way_.size();
}

milliseconds CheckPipeline::late() const {
  std::lock_guard lock(mutex_);
  auto next = schedule_.next();
  auto now = parts_.clock.steady();
  if (!next || *next >= now) return milliseconds(0);
  return std::chrono::duration_cast<milliseconds>(now - *next);
}

void CheckPipeline::run_schedule(std::stop_token stop) {
  auto next_look = parts_.clock.steady();
  while (!stop.stop_requested()) {
    std::vector<Schedule::Due> due;
    {
      std::unique_lock lock(mutex_);
      std::size_t room = kInFlightMax - std::min(kInFlightMax, on_the_way_.size());
      std::size_t all =
          kInFlightMax + kConfirmingMax - std::min(kInFlightMax + kConfirmingMax, on_the_way_.size());
      if (queued_bytes_ > kQueuedBytesMax) room = 0;
      due = schedule_.take(parts_.clock.steady(), room, all - room);
      for (const auto& one : due) on_the_way_[one.key] = false;
      if (due.empty()) woken_.wait_for(lock, stop, kTick, [] { return false; });
    }
    for (const auto& one : due) dispatch(one.key);
    if (parts_.clock.steady() >= next_look) {
      watch_lateness();
      next_look = parts_.clock.steady() + std::chrono::seconds(5);
    }
  }
}

void CheckPipeline::dispatch(const std::string& id) {
  auto record = parts_.sites.find(id);
  auto options = parts_.options();
  if (!record) {
    std::lock_guard lock(mutex_);
    on_the_way_.erase(id);
    return;
  }
  Observation observation;
  net::FetchRequest request;
  {
    std::lock_guard lock(record->mutex);
    if (record->removed || !record->site.config.enabled) {
      std::lock_guard inner(mutex_);
      on_the_way_.erase(id);
      return;
    }
    const SiteMemory& memory = record->memory;
    request = request_for(record->site, *options, parts_.inner_hosts);
    request.expected_bytes = static_cast<std::size_t>(std::max<std::int64_t>(memory.body_bytes, 0));
    observation.confirming = memory.suspect;
    observation.asked = record->site.config.url;
    if (memory.suspect) {
      if (record->site.config.user_agent.empty()) request.user_agent = kSecondUserAgent;
      // Another server of a pool may answer, and no cache between: what both see stands there.
      request.fresh_connection = true;
      request.urgent = true;
      request.headers.emplace_back("Cache-Control", "no-cache");
      request.headers.emplace_back("Pragma", "no-cache");
    } else if (memory.content == Verdict::kOk && !memory.availability.down &&
               memory.conditional_in_row + 1 < options->full_fetch_every &&
               record->site.learned >= options->learn_fetches) {
      request.etag = memory.etag;
      request.last_modified = memory.last_modified;
      observation.conditional = !memory.etag.empty() || !memory.last_modified.empty();
    }
  }
  const bool confirming = observation.confirming;
  auto started =
      parts_.fetcher.fetch(std::move(request), [this, record, observation](net::FetchResult result) mutable {
        observation.fetch = std::move(result);
        fetched(std::move(record), std::move(observation), false);
      });
  if (!started) {
    refused_.add();
    ++refused_count_;
    finished(id, std::chrono::seconds(1), confirming);
  }
}

void CheckPipeline::fetched(RecordPtr record, Observation observation, bool probed) {
  took_.observe(std::chrono::duration<double>(observation.fetch.total).count());
  std::string id = record->site.id;  // never changes after insertion
  if (observation.seen_at == WallTime{}) observation.seen_at = parts_.clock.wall();
  queued_bytes_ += observation.fetch.body.size();
  std::size_t bytes = observation.fetch.body.size();
  if (observation.fetch.failure == net::FetchFailure::kCancelled ||
      judge_queue_.push({std::move(record), std::move(observation), probed}) != Push::kTaken) {
    queued_bytes_ -= bytes;
    finished(id, std::chrono::seconds(1));
  }
}

void CheckPipeline::run_judge() {
  while (auto work = judge_queue_.pop()) {
    queued_bytes_ -= work->observation.fetch.body.size();
    judge(*std::move(work));
  }
}

// A verified connection that failed may not have kept the chain: ask once more without verification, without
// any secret of the site, only to say what is wrong with the certificate. What that answer holds is not
// looked at.
bool CheckPipeline::probe_certificate(Work& work) {
  const auto& fetch = work.observation.fetch;
  if (work.probed || fetch.failure != net::FetchFailure::kTls || !fetch.chain.empty()) return false;
  auto options = parts_.options();
  net::FetchRequest request;
  {
    std::lock_guard lock(work.record->mutex);
    if (!work.record->site.config.verify_tls) return false;
    request = request_for(work.record->site, *options, parts_.inner_hosts);
  }
  request.verify_tls = false;
  request.headers.clear();
  request.basic_user.clear();
  request.basic_password = {};
  request.bearer_token = {};
  request.redirects_max = 0;
  request.body_bytes_max = 64 * 1024;
  auto record = work.record;
  auto shared = std::make_shared<Observation>(std::move(work.observation));
  auto started = parts_.fetcher.fetch(std::move(request), [this, record, shared](net::FetchResult probe) {
    shared->fetch.chain = std::move(probe.chain);
    fetched(record, std::move(*shared), true);
  });
  if (!started) work.observation = std::move(*shared);
  return started.has_value();
}

void CheckPipeline::judge(Work work) {
  if (probe_certificate(work)) return;
  auto& record = *work.record;
  auto options = parts_.options();
  std::unique_lock lock(record.mutex);
  std::string id = record.site.id;
  if (record.removed || work.observation.asked != record.site.config.url) {
    lock.unlock();
    finished(id, std::chrono::seconds(0));  // nobody is there, or at another address: ask that
    return;
  }
  auto profile = parts_.profiles.borrow(id, "page");
  if (!profile) {
    log::error("sites", "the profile cannot be read; the check is tried again",
               {{"site.id", id}, {"error.message", profile.error().full()}});
    lock.unlock();
    finished(id, std::chrono::seconds(10));
    return;
  }
  auto examined = examine(record.site, record.memory, *profile, record.ignored, work.observation,
                          examiner_options(*options), parts_.clock);
  parts_.profiles.give_back(id, "page", *std::move(profile));
  if (examined.keep_page) keep_page(examined, record, work.observation.fetch);
  work.observation.fetch.body = {};
  milliseconds next = examined.confirm ? examined.next_after : [&] {
    std::lock_guard inner(mutex_);
    return jitter_.around(examined.next_after);
  }();
  examined.outcome.site.next_check_at = parts_.clock.wall() + next;
  if (work.observation.fetch.failure == net::FetchFailure::kNone)
    record.outside = work.observation.fetch.outside;
  if (auto details = connection_part(work.observation.fetch); !details.empty()) {
    auto hash = std::hash<std::string>{}(details);
    if (hash != record.connection_hash) examined.outcome.parts.emplace_back("connection", std::move(details));
    record.connection_hash = hash;
  }
  bool news = examined.outcome.notable, confirm = examined.outcome.memory.suspect;
  record.site = examined.outcome.site;
  record.memory = examined.outcome.memory;
  auto look = examined.render ? LookDue::kUrgent
                              : look_due(record.site, record.memory, *options, parts_.clock.wall());
  checks_.add();
  parts_.committer.push(std::move(examined.outcome), [this, id, next, news, look, confirm] {
    finished(id, next, confirm);
    if (news) parts_.changed(id);
    if (look != LookDue::kNo && parts_.look) parts_.look(id, look);
  });
}

namespace {

// Nothing names a snapshot that is not there: the references stay at the ones before.
void forget_page(Outcome& outcome, const SiteRecord& before, const std::string& sha256) {
  const std::string id = std::exchange(outcome.check->snapshot, {});
  if (outcome.site.last_snapshot == id) outcome.site.last_snapshot = before.site.last_snapshot;
  if (outcome.site.reference_snapshot == id) {
    outcome.site.reference_snapshot = before.site.reference_snapshot;
    outcome.memory.reference_sha256 = before.memory.reference_sha256;
  }
  outcome.memory.kept_at = before.memory.kept_at;
  for (auto& finding : outcome.findings)
    std::erase_if(finding.evidence, [&](const Evidence& one) { return one.sha256 == sha256; });
}

}  // namespace

void CheckPipeline::keep_page(Examined& examined, const SiteRecord& before, const net::FetchResult& fetch) {
  auto& check = *examined.outcome.check;
  auto stored = parts_.snapshots.put(fetch.body);
  if (!stored) {
    // The finding still goes out; that evidence is missing is told by EvidenceLosses.
    log::error("sites", "a page could not be kept", {{"error.message", stored.error().full()}});
    forget_page(examined.outcome, before, sha256_hex(fetch.body));
    return;
  }
  StoredSnapshot row;
  row.snapshot = {check.snapshot, check.at, "page", stored->sha256, stored->bytes, check.verdict, false};
  row.url = fetch.final_url;
  row.http_status = fetch.status;
  row.stored_bytes = stored->stored_bytes;
  for (const auto& [name, value] : fetch.headers) {
    if (name.size() == 12 && (name[0] == 'c' || name[0] == 'C') &&
        (name.ends_with("-type") || name.ends_with("-Type"))) {
      row.content_type = value;
    }
  }
  examined.outcome.snapshots.push_back(std::move(row));
}

void CheckPipeline::finished(const std::string& id, milliseconds next, bool confirm) {
  std::lock_guard lock(mutex_);
  auto there = on_the_way_.find(id);
  bool again = there != on_the_way_.end() && there->second;
  on_the_way_.erase(id);
  if (!parts_.sites.find(id)) return;
  schedule_.set(id, parts_.clock.steady() + (again ? milliseconds(0) : next), confirm);
  woken_.notify_one();
}

void CheckPipeline::watch_lateness() {
  auto lag = late();
  std::vector<Condition> conditions;
  if (lag > kLate) {
    Condition c;
    c.kind = "watch_late";
    c.severity = Severity::kHigh;
    c.confidence = 100;
    std::map<std::string, std::string> arguments{
        {"seconds", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(lag).count())},
        {"sites", std::to_string(parts_.sites.size())}};
    c.title = {"sites.watch_late", arguments};
    c.reason = {"sites.watch_late.reason", arguments};
    c.next_step = {"sites.watch_late.next", {}};
    conditions.push_back(std::move(c));
  } else if (lag > kLate / 2) {
    return;  // between the two: neither begins nor ends
  }
  auto findings = lateness_.answer(Question::kAvailability, std::move(conditions),
                                   {"service", "site-watch", "Vedette"}, parts_.clock);
  if (findings.empty()) return;
  auto stored = parts_.database.write([&](store::Session& session) -> Result<void> {
    for (const auto& finding : findings) TRY(insert_report(session, "", finding));
    return {};
  });
  if (!stored)
    log::error("sites", "cannot store a finding about the watch", {{"error.message", stored.error().full()}});
  parts_.changed("");
}

}  // namespace vedette::sites
