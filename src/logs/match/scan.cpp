#include "logs/match/scan.h"

#include <thread>

#include "base/bounded_queue.h"
#include "logs/match/event_pack.h"
#include "logs/match/matcher.h"
#include "logs/match/scan_collector.h"
#include "logs/read/event_time.h"
#include "logs/read/json_event.h"
#include "logs/read/json_records.h"

namespace vedette::logs::match {
namespace {

// Some records of one input, in their order: JSON still to be read, or events that were read.
struct Piece {
  std::uint64_t number = 0;  // of the piece in the scan
  std::size_t input = 0;
  std::string bytes;
  struct Record {
    std::size_t begin, size;
    std::uint64_t position;
    bool cut;
  };
  std::vector<Record> records;
  EventPack events;
  std::uint64_t position = 0;  // of the event before the first
  ReadCounters counters;       // of having read the events
};

// What each matching thread has of its own.
class Worker {
 public:
  Worker(std::shared_ptr<const CompiledRules> rules, const ScanOptions& options, const Clock& clock,
         ScanSink& sink)
      : matcher_(rules, {.memo_bytes = options.memo_bytes}),
        options_(options),
        clock_(clock),
        sink_(sink),
        hits_(rules->rules()) {}

  ScanOutcome work(const Piece& piece) {
    ScanOutcome out;
    out.input = piece.input;
    out.counters = piece.counters;
    const auto& input = options_.inputs[piece.input];
    for (const auto& record : piece.records) {
      const auto text = std::string_view(piece.bytes).substr(record.begin, record.size);
      EventView event;
      const auto read = json_.read(text, event);
      ++out.counters.read;
      if (read == JsonEvent::Outcome::kMalformed) out.counters.add_unparsed(record.position, text);
      if (read == JsonEvent::Outcome::kCut || record.cut) ++out.counters.cut;
      take(event, {input, record.position}, out);
    }
    for (std::size_t i = 0; i < piece.events.size(); ++i) {
      auto event = piece.events.at(i, fields_);
      take(event, {input, piece.position + i + 1}, out);
    }
    return out;
  }
  const std::vector<std::uint64_t>& hits() const { return hits_; }

 private:
  void take(EventView& event, const ScanPosition& position, ScanOutcome& out) {
    auto found = matcher_.match(event);
    if (found.empty()) return;
    if (!event.time) event.time = time_of(event.fields, options_.zone, clock_.wall());
    if (options_.correlator != nullptr) {
      for (const auto rule : found) {
        if (!options_.correlator->wants(rule)) continue;
        if (event.time)
          out.seen.push_back(options_.correlator->see(rule, event, *event.time));
        else
          ++out.untimed;
      }
    }
    if (!options_.only_correlated.empty()) {
      told_.assign(found.begin(), found.end());
      std::erase_if(told_, [&](auto rule) { return options_.only_correlated[rule]; });
      found = told_;
      if (found.empty()) return;
    }
    for (const auto rule : found) ++hits_[rule];
    out.hits += found.size();
    sink_.render(event, found, position, out.rendered);
  }

  JsonEvent json_;
  Matcher matcher_;
  const ScanOptions& options_;
  const Clock& clock_;
  ScanSink& sink_;
  std::vector<std::uint64_t> hits_;
  std::vector<std::uint32_t> told_;
  std::vector<Field> fields_;
};

class Scan {
 public:
  Scan(std::shared_ptr<const CompiledRules> rules, const ScanOptions& options, const Clock& clock,
       ScanSink& sink)
      : options_(options),
        clock_(clock),
        threads_(std::clamp<std::size_t>(options.threads, 1, ScanOptions::kThreadsMax)),
        pieces_(threads_ * ScanOptions::kPiecesInFlight, Overflow::kBlock),
        collector_(report_, sink, options.correlator, threads_ * ScanOptions::kPiecesInFlight) {
    report_.hits_by_rule.resize(rules->rules());
    for (const auto& name : options.inputs) report_.inputs.push_back({name, "", {}, ""});
    for (std::size_t i = 0; i < threads_; ++i)
      workers_.push_back(std::make_unique<Worker>(rules, options, clock, sink));
  }

  Result<ScanReport> run() {
    {
      std::vector<std::jthread> threads;
      for (auto& worker : workers_)
        threads.emplace_back([this, &worker] {
          while (auto piece = pieces_.pop()) collector_.end(piece->number, worker->work(*piece));
        });
      for (std::size_t input = 0; input < options_.inputs.size() && !collector_.failed(); ++input)
        if (auto read = read_input(input); !read) report_.inputs[input].trouble = read.error().full();
      pieces_.close();
    }
    collector_.finish();
    if (auto failed = collector_.failed()) return std::unexpected(*std::move(failed));
    for (const auto& worker : workers_)
      for (std::size_t rule = 0; rule < worker->hits().size(); ++rule)
        report_.hits_by_rule[rule] += worker->hits()[rule];
    tell(nullptr, true);
    return std::move(report_);
  }

 private:
  Result<> read_input(std::size_t number) {
    TRY_ASSIGN(auto input, Input::open(options_.inputs[number]));
    TRY_ASSIGN(const auto head, input.peek());
    if (options_.format == "json" || (options_.format == "auto" && (head.empty() || like_json(head))))
      return read_json(number, std::move(input));
    if (!options_.open_reader)
      return fail(ErrorCode::kUnsupported, "is not JSON, and no reader of other formats is there");
    TRY_ASSIGN(auto opened, options_.open_reader(std::move(input), options_.format));
    report_.inputs[number].format = opened.format;
    return read_others(number, *opened.reader);
  }

  // Gives the piece to the matching threads and empties it; false: it is over.
  bool hand_over(Piece& piece, std::size_t input) {
    const auto place = collector_.begin();
    if (!place) return false;
    piece.number = *place;
    piece.input = input;
    pieces_.push(std::move(piece));
    piece = {};
    return true;
  }

  Result<> read_json(std::size_t number, Input input) {
    report_.inputs[number].format = "json";
    TRY_ASSIGN(auto records, JsonRecords::open(std::move(input)));
    Piece piece;
    for (;;) {
      auto record = records.next();
      // What was read before the input broke still counts.
      if (!record || !*record) {
        if (!piece.records.empty()) hand_over(piece, number);
        done_bytes_ += records.input().counters().bytes_in;
        if (!record) return std::unexpected(std::move(record).error());
        return {};
      }
      const auto& [text, position, cut] = **record;
      if (piece.bytes.empty()) piece.bytes.reserve(ScanOptions::kPieceBytes + ScanOptions::kPieceBytes / 8);
      piece.records.push_back({piece.bytes.size(), text.size(), position, cut});
      piece.bytes += text;
      if (piece.bytes.size() < ScanOptions::kPieceBytes) continue;
      if (!hand_over(piece, number)) return {};
      tell(&records.input(), false);
    }
  }

  Result<> read_others(std::size_t number, Reader& reader) {
    constexpr std::size_t kEventsTogether = 1000;
    for (std::uint64_t position = 0;;) {
      Piece piece;
      piece.position = position;
      const auto before = reader.counters();
      Result<> well;
      bool more = true;
      while (more && piece.events.size() < kEventsTogether &&
             piece.events.bytes() < ScanOptions::kPieceBytes) {
        auto event = reader.next();
        more = event && *event;
        if (!event) well = std::unexpected(event.error());
        if (more) piece.events.add(**event);
      }
      position += piece.events.size();
      const auto& after = reader.counters();
      piece.counters.read = after.read - before.read;
      piece.counters.unparsed = after.unparsed - before.unparsed;
      piece.counters.cut = after.cut - before.cut;
      piece.counters.samples.assign(
          after.samples.begin() + static_cast<std::ptrdiff_t>(before.samples.size()), after.samples.end());
      if (!hand_over(piece, number)) return {};
      tell(nullptr, false);
      if (!more) return well;
    }
  }

  void tell(const Input* reading, bool now) {
    if (!options_.progress) return;
    constexpr auto kEvery = std::chrono::milliseconds(500);
    const auto time = clock_.steady();
    if (!now && time - told_ < kEvery) return;
    told_ = time;
    auto progress = collector_.progress();
    progress.bytes = done_bytes_ + (reading == nullptr ? 0 : reading->counters().bytes_in);
    progress.bytes_total = reading == nullptr || options_.inputs.size() > 1 ? 0 : reading->counters().size;
    options_.progress(progress);
  }

  const ScanOptions& options_;
  const Clock& clock_;
  const std::size_t threads_;
  ScanReport report_;
  BoundedQueue<Piece> pieces_;
  ScanCollector collector_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::uint64_t done_bytes_ = 0;
  SteadyTime told_{};
};

}  // namespace

Result<ScanReport> scan(std::shared_ptr<const CompiledRules> rules, const ScanOptions& options,
                        const Clock& clock, ScanSink& sink) {
  return Scan(std::move(rules), options, clock, sink).run();
}

}  // namespace vedette::logs::match
