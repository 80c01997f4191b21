#include "logs/watch/log_watch.h"

#include "base/log.h"
#include "base/text/utf8.h"
#include "base/thread_name.h"
#include "logs/match/matcher.h"
#include "logs/read/decompress.h"
#include "logs/read/json_event.h"
#include "logs/read/registry.h"
#include "logs/read/text_parser.h"
#include "logs/watch/event_facts.h"

namespace vedette::logs {
namespace {

constexpr std::size_t kParsersMax = 256;  // a lane: senders whose sessions are remembered
constexpr std::size_t kStoredMax = 1024;  // batches between a lane and their acknowledgement
constexpr std::size_t kSamplesMax = 5, kSampleBytesMax = 300;
constexpr std::size_t kUnreportedMax = 10'000;
constexpr std::chrono::milliseconds kTick{1'000};

std::size_t bytes_of(const LogBatch& batch) {
  std::size_t out = sizeof batch;
  for (const auto& event : batch.events) out += event.size() + sizeof(std::string);
  return out;
}

std::string excerpt(std::string_view text, std::size_t bytes_max) {
  auto out = repair_utf8(text.substr(0, bytes_max));
  out.resize(valid_utf8_prefix(std::string_view(out).substr(0, bytes_max)));
  return out;
}

}  // namespace

// One thread with what it alone uses.
struct LogWatch::Lane {
  explicit Lane(std::size_t batches) : queue(batches, Overflow::kRefuse) {}
  BoundedQueue<Job> queue;
  std::shared_ptr<Correlating> rules;
  std::optional<match::Matcher> matcher;
  JsonEvent json;
  LineEvent line;
  WatchScratch met;
  std::vector<Field> fields;                                   // of an event whose host is known better
  std::map<std::string, std::unique_ptr<TextParser>> parsers;  // by sender: a service's lines belong together
  std::atomic<WallTime> reading{WallTime::max()};  // receipt of the oldest batch that is not read; max: none
  std::jthread thread;
};

Result<std::unique_ptr<LogWatch>> LogWatch::start(LogWatchOptions options,
                                                  std::shared_ptr<const RuleSnapshot> rules,
                                                  store::EventStore& store, FindingSink& sink,
                                                  const Clock& clock, Metrics& metrics) {
  TRY_ASSIGN(auto patterns, PatternSet::built_in());
  std::unique_ptr<LogWatch> out(
      new LogWatch(std::move(options), std::move(rules), std::move(patterns), store, sink, clock));
  metrics.on_scrape([watch = out.get()](Metrics& to) { watch->expose(to); });
  return out;
}

LogWatch::LogWatch(LogWatchOptions options, std::shared_ptr<const RuleSnapshot> rules, PatternSet patterns,
                   store::EventStore& store, FindingSink& sink, const Clock& clock)
    : options_(std::move(options)),
      patterns_(std::move(patterns)),
      store_(store),
      sink_(sink),
      clock_(clock),
      rules_(std::make_shared<Correlating>(rules, options_.lateness)),
      seen_(rules->pipelines),
      reports_(options_.repeat_after),
      stored_(kStoredMax, Overflow::kBlock) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options_.lanes); ++i) {
    lanes_.push_back(std::make_unique<Lane>(options_.queue_batches));
    lanes_.back()->thread = std::jthread([this, &lane = *lanes_.back()] {
      name_thread("log-lane");
      run(lane);
    });
  }
  acknowledger_ = std::jthread([this](const std::stop_token& stop) {
    name_thread("log-answer");
    acknowledge(stop);
  });
}

LogWatch::~LogWatch() {
  for (auto& lane : lanes_) lane->queue.close();
  for (auto& lane : lanes_) lane->thread = {};
  stored_.close();
  acknowledger_ = {};
}

std::future<Result<LogWatch::Taken>> LogWatch::submit(LogBatch batch) {
  std::promise<Result<Taken>> promise;
  auto future = promise.get_future();
  submit(std::move(batch), [promise = std::move(promise)](Result<Taken> taken) mutable {
    promise.set_value(std::move(taken));
  });
  return future;
}

void LogWatch::submit(LogBatch batch, Done done) {
  Job job{std::move(batch), 0, std::move(done)};
  job.bytes = bytes_of(job.batch);
  auto refuse = [&](Job& refused) {
    ++refused_;
    queued_bytes_ -= refused.bytes;
    refused.done(fail(ErrorCode::kLimit, "the log watch is behind: send again in a moment"));
  };
  const auto before = queued_bytes_.fetch_add(job.bytes);
  // One batch is always taken, however large.
  if (before != 0 && before + job.bytes > options_.queue_bytes) return refuse(job);
  auto& lane = *lanes_[std::hash<std::string>()(job.batch.sender.id) % lanes_.size()];
  if (lane.queue.push(std::move(job)) != Push::kTaken) refuse(job);
}

void LogWatch::use_rules(std::shared_ptr<const RuleSnapshot> rules) {
  rules_.store(std::make_shared<Correlating>(std::move(rules), options_.lateness));
}
std::shared_ptr<const RuleSnapshot> LogWatch::rules() const { return rules_.load()->rules; }

void LogWatch::switch_off(RuleIds rules) { off_.store(std::make_shared<const RuleIds>(std::move(rules))); }

void LogWatch::use_watch_list(std::shared_ptr<const WatchList> list) { watch_list_.store(std::move(list)); }

// How many events of the sender came before, as far as SeenSample wants to know.
std::uint64_t LogWatch::events_before(const std::string& sender) const {
  std::lock_guard lock(mutex_);
  auto known = senders_.find(sender);
  return known == senders_.end() ? 0 : known->second.events;
}

void LogWatch::run(Lane& lane) {
  while (auto job = lane.queue.pop()) {
    lane.reading = job->batch.received;
    process(lane, *std::move(job));
    if (lane.queue.size() == 0) lane.reading = WallTime::max();
  }
}

// While lanes are behind, events do not become late by waiting for them.
WallTime LogWatch::read_until() const {
  auto out = clock_.wall();
  for (const auto& lane : lanes_) out = std::min(out, lane->reading.load());
  return out;
}

template <class Take>
void LogWatch::read_events(Lane& lane, LogBatch& batch, std::uint64_t& cut, const Take& take) const {
  const auto zone = [&] {
    auto named = batch.zone.empty() ? Result<Zone>(options_.zone) : Zone::named(batch.zone);
    return named ? *std::move(named) : options_.zone;
  };
  if (batch.form == LogForm::kReader && format_of_name(batch.format)) {
    std::string all;
    // An entry of the journal is many lines: an empty one ends it.
    for (const auto& event : batch.events) (all += event) += batch.format == "journal" ? "\n\n" : "\n";
    // Lines that look like a compressed file are lines all the same.
    if (compression_of(all).empty()) {
      auto reader =
          open_reader(Input::of(std::move(all)), batch.format, ReaderContext{clock_, zone(), patterns_});
      for (std::uint64_t unparsed = 0; reader;) {
        auto event = (*reader)->next();
        if (!event || !*event) break;
        const bool read = unparsed == std::exchange(unparsed, (*reader)->counters().unparsed);
        std::string raw((*event)->raw);
        take(**event, raw, read, true);
      }
      if (reader) cut += (*reader)->counters().cut;
      return;
    }
  }
  TextParser* parser = nullptr;
  const Zone json_zone = batch.form == LogForm::kJson ? zone() : Zone();
  if (batch.form != LogForm::kJson) {
    const auto key = batch.sender.id + '\n' + batch.zone;
    if (lane.parsers.size() >= kParsersMax && !lane.parsers.contains(key)) lane.parsers.clear();
    auto& known = lane.parsers[key];
    if (!known) known = std::make_unique<TextParser>(ReaderContext{clock_, zone(), patterns_});
    parser = known.get();
  }
  for (auto& raw : batch.events) {
    if (raw.size() > kEventBytesMax) {
      raw.resize(kEventBytesMax);
      ++cut;
    }
    EventView event;
    bool read = true;
    if (parser) {
      const auto kind = read_line(*parser, raw, lane.line, event);
      if (kind == LineKind::kNoEvent) continue;
      read = kind == LineKind::kEvent;
      cut += lane.line.fields.cut();
    } else {
      const auto outcome = lane.json.read(raw, event);
      read = outcome != JsonEvent::Outcome::kMalformed;
      cut += outcome == JsonEvent::Outcome::kCut;
      event.time = time_of(event.fields, json_zone, batch.received);
    }
    take(event, raw, read, parser != nullptr);
  }
}

void LogWatch::process(Lane& lane, Job job) {
  if (auto rules = rules_.load(); rules != lane.rules) {
    lane.rules = std::move(rules);
    lane.matcher.emplace(lane.rules->rules->compiled, match::MatcherOptions{.memo_bytes = options_.memo_bytes,
                                                                            .cost_every = options_.cost_every,
                                                                            .clock = &clock_});
  }
  const auto& sender = job.batch.sender;
  store::EventBatch out{job.batch.stream, job.batch.number, {}};
  Stored stored;
  stored.done = std::move(job.done);
  std::uint64_t cut = 0;
  SenderStatus counted;
  sigma::Correlator::Delivery delivery{.source = sender.id, .received = job.batch.received};
  std::map<std::string, RuleStatus> hit_rules;
  const auto off = off_.load();
  const auto watched = watch_list_.load();
  auto number_seen = events_before(sender.id);
  std::optional<WallTime> newest;
  const auto& batch = job.batch;
  const std::size_t kind_every = batch.events.size() > 8 * kKindEvery ? kKindEvery : 1;
  // `event` may point into `raw`, which is taken at the end.
  auto take = [&](EventView event, std::string& raw, bool read, bool with_fields) {
    event.raw = raw;
    if (!read) {
      ++counted.unparsed;
      if (counted.samples.size() < kSamplesMax) counted.samples.push_back(excerpt(raw, kSampleBytesMax));
    }
    if (SeenSample::wants(number_seen++)) seen_.add(event);
    if (out.events.size() % kind_every == 0) counted.kinds.add(kind_of(event), kind_every);
    if (event.time) newest = std::max(newest.value_or(*event.time), *event.time);
    if (!batch.host.empty()) {
      lane.fields.assign(1, {"host.name", batch.host});
      std::ranges::copy_if(event.fields, std::back_inserter(lane.fields),
                           [](const Field& field) { return field.name != "host.name"; });
      event.fields = lane.fields;
    }
    auto hits = lane.matcher->match(event);
    store::StoredEvent row;
    const auto [time, origin] = believed_time(event.time, batch.received, options_.times);
    row.time = time;
    counted.untimed += origin == TimeOrigin::kUntold;
    counted.times_ahead += origin == TimeOrigin::kTooFar;
    counted.times_old += origin == TimeOrigin::kTooLong;
    delivery.newest = std::max(delivery.newest.value_or(time), time);
    row.received = batch.received;
    row.source = sender.id;
    row.dataset = sender.dataset;
    row.host = batch.host.empty() ? host_of(event) : batch.host;
    row.keep_months = sender.keep_months;
    if (with_fields) row.fields = fields_json(event);
    const auto& snapshot = lane.rules->rules;
    for (auto number : hits) {
      const auto& rule = snapshot->facts[number];
      if (!off->empty() && off->contains(rule.id)) {
        ++hit_rules[rule.id].hits_while_off;
        continue;
      }
      if (lane.rules->correlator.wants(number))
        delivery.seen.push_back(lane.rules->correlator.see(number, event, row.time));
      row.rules.push_back(rule.id);
      auto& status = hit_rules[rule.id];
      ++status.hits;
      status.last_at = batch.received;
      ++hits_;
      if (!rule.reported || rule.severity < options_.alert_from) continue;
      stored.hits.push_back({out.events.size(),
                             {&rule, snapshot, row.host, actor_of(event), sender.name,
                              excerpt(raw, kExcerptBytesMax), 0, row.time}});
    }
    if (!watched->empty()) {
      for (const auto& met : watched->match(event, lane.met)) {
        if (std::ranges::find(row.rules, met.advisory->id) == row.rules.end())
          row.rules.push_back(met.advisory->id);
        ++advisory_hits_;
        stored.hits.push_back({out.events.size(),
                               {nullptr, watched, row.host, *met.indicator, sender.name,
                                excerpt(raw, kExcerptBytesMax), 0, row.time, met.advisory}});
      }
    }
    row.raw = std::move(raw);
    out.events.push_back(std::move(row));
  };
  read_events(lane, job.batch, cut, take);
  for (const auto& cost : lane.matcher->take_costs()) {
    auto& status = hit_rules[lane.rules->rules->facts[cost.rule].id];
    status.timed += cost.asked;
    status.timed_ns += cost.ns;
  }
  {
    std::lock_guard lock(lane.rules->mutex);
    const auto watermark = lane.rules->correlator.watermark();
    counted.late = static_cast<std::uint64_t>(
        std::ranges::count_if(out.events, [&](const auto& row) { return row.time < watermark; }));
    lane.rules->correlator.take_in(std::move(delivery));
  }
  late_ += counted.late;
  times_refused_ += counted.times_ahead + counted.times_old;
  stored.events = out.events.size();
  stored.bytes = job.bytes;
  events_ += stored.events;
  {
    std::lock_guard lock(mutex_);
    if (senders_.size() < kSendersMax || senders_.contains(sender.id)) {
      auto& known = senders_[sender.id];
      if (known.events == 0) known.first_at = job.batch.received;
      known.sender = sender;
      known.events += stored.events;
      known.unparsed += counted.unparsed;
      known.cut += cut;
      known.untimed += counted.untimed;
      known.times_ahead += counted.times_ahead;
      known.times_old += counted.times_old;
      known.late += counted.late;
      known.kinds.add(counted.kinds);
      known.last_at = job.batch.received;
      known.rate.add(job.batch.received, stored.events);
      if (newest) known.lag = job.batch.received - *newest;
      for (auto& sample : counted.samples)
        if (known.samples.size() < kSamplesMax) known.samples.push_back(std::move(sample));
      for (const auto& [id, status] : hit_rules) known.hits += status.hits;
    }
    for (const auto& [id, status] : hit_rules) {
      auto& known = rule_status_[id];
      known.hits += status.hits;
      known.hits_while_off += status.hits_while_off;
      known.timed += status.timed;
      known.timed_ns += status.timed_ns;
      if (status.hits > 0) known.last_at = status.last_at;
    }
  }
  stored.appended = store_.append(std::move(out));
  (void)stored_.push(std::move(stored));
}

void LogWatch::acknowledge(const std::stop_token& stop) {
  auto next_tick = clock_.steady() + kTick;
  for (;;) {
    auto stored = stored_.pop_for(kTick);
    const bool over = !stored && (stop.stop_requested() || stored_.closed());
    if (stored) answer(*std::move(stored));
    if (clock_.steady() >= next_tick) {
      next_tick = clock_.steady() + kTick;
      settle();
    }
    if (over) return;
  }
}

void LogWatch::settle() {
  auto findings = std::exchange(unreported_, {});
  std::ranges::move(reports_.due(clock_), std::back_inserter(findings));
  auto correlating = rules_.load();
  std::vector<sigma::CorrelatedMatch> matches;
  {
    std::lock_guard lock(correlating->mutex);
    correlating->correlator.advance(read_until());
    matches = correlating->correlator.take();
  }
  const auto& snapshot = correlating->rules;
  const auto off = off_.load();
  for (const auto& match : matches) {
    const auto number = static_cast<std::size_t>(match.correlation - snapshot->set.correlations.data());
    const auto& rule = snapshot->facts[snapshot->set.rules.size() + number];
    if (off->contains(rule.id)) {
      std::lock_guard lock(mutex_);
      ++rule_status_[rule.id].hits_while_off;
      continue;
    }
    ++hits_;
    {
      std::lock_guard lock(mutex_);
      ++rule_status_[rule.id].hits;
      rule_status_[rule.id].last_at = clock_.wall();
    }
    if (rule.severity < options_.alert_from) continue;
    std::string group;
    for (std::size_t i = 0; i < match.group.size(); ++i)
      group += fmt::format("{}{}={}", i == 0 ? "" : ", ", match.correlation->group_by[i], match.group[i]);
    LogHit hit{&rule, snapshot,  "", group, "correlation", fmt::format("{} ({})", group, match.value),
               0,     match.time};
    if (auto finding = reports_.hit(hit, clock_)) findings.push_back(*std::move(finding));
  }
  if (findings.empty()) return;
  if (auto reported = sink_.report(findings); !reported) {
    ++failed_;
    log::error("logs", "correlated or repeated matches could not be reported yet",
               {{"error.message", reported.error().full()}});
    // Nobody will send them again. What does not fit is counted with the failures.
    if (findings.size() > kUnreportedMax) findings.resize(kUnreportedMax);
    unreported_ = std::move(findings);
  }
}

void LogWatch::answer(Stored stored) {
  auto appended = stored.appended.get();
  queued_bytes_ -= stored.bytes;
  if (!appended) {
    ++failed_;
    stored.done(std::unexpected(std::move(appended).error()));
    return;
  }
  std::vector<Finding> findings;
  for (auto& [position, hit] : stored.hits) {
    hit.event_id = appended->repeated ? 0 : appended->first_id + position;
    if (auto finding = reports_.hit(hit, clock_)) findings.push_back(*std::move(finding));
  }
  if (!findings.empty()) {
    if (auto reported = sink_.report(findings); !reported) {
      ++failed_;
      stored.done(std::unexpected(std::move(reported).error().with("reporting what the rules found")));
      return;
    }
  }
  stored.done(Taken{stored.events, appended->repeated});
}

LogWatch::Status LogWatch::status() const {
  Status out{.events = events_.load(),
             .hits = hits_.load(),
             .advisory_hits = advisory_hits_.load(),
             .refused = refused_.load(),
             .failed = failed_.load(),
             .queued_bytes = queued_bytes_.load(),
             .senders = {},
             .rules = {},
             .cost_every = options_.cost_every,
             .correlations = {}};
  {
    auto correlating = rules_.load();
    std::lock_guard lock(correlating->mutex);
    out.correlations = correlating->correlator.counters();
    out.correlation_groups = correlating->correlator.groups();
  }
  std::lock_guard lock(mutex_);
  for (const auto& [id, sender] : senders_) out.senders.push_back(sender);
  out.rules = rule_status_;
  return out;
}

void LogWatch::expose(Metrics& to) const {
  auto set = [&](const char* name, const char* help, double value) { to.gauge(name, help).set(value); };
  set("vedette_logs_events", "Events read since the start.", static_cast<double>(events_.load()));
  set("vedette_logs_rule_hits", "Matches of rules since the start.", static_cast<double>(hits_.load()));
  set("vedette_logs_advisory_hits", "Indicators of advisories met in events since the start.",
      static_cast<double>(advisory_hits_.load()));
  set("vedette_logs_times_refused", "Events whose time was too far ahead or too long ago to be believed.",
      static_cast<double>(times_refused_.load()));
  set("vedette_logs_late_events", "Events behind the watermark of the correlations.",
      static_cast<double>(late_.load()));
  set("vedette_logs_refused_batches", "Batches refused because the log watch was behind.",
      static_cast<double>(refused_.load()));
  set("vedette_logs_failed_batches", "Batches that could not be stored or reported.",
      static_cast<double>(failed_.load()));
  set("vedette_logs_queue_bytes", "Bytes of events that are not acknowledged yet.",
      static_cast<double>(queued_bytes_.load()));
}

}  // namespace vedette::logs
