// Real lines of fifty services with labels (corpora/logs/fail2ban-logs-dev): which ones tell of a failed
// log-in or a refused access, from where and when. Prints what is recognised, with 95% Wilson intervals, for
// the files the patterns were written with (tuning: SHA-256 of the file's name begins with an even digit) and
// for the others. VEDETTE_LOGS_MISSES=1 prints the misses of the tuning half.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/hash.h"
#include "logs/read/text_parser.h"

namespace vedette::logs {
namespace {

namespace fs = std::filesystem;

struct Label {
  bool known = false, failure = false, default_mode = false;
  std::string time, host;
};

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t from = text.find(before);
  if (from == std::string_view::npos) return "";
  const std::size_t begin = from + before.size(), end = text.find(after, begin);
  return end == std::string_view::npos ? "" : std::string(text.substr(begin, end - begin));
}

// The options a section of a file is labelled for; of several the first that is for this file's own filter.
struct Options {
  std::string mode = "normal", prefix;
  bool skipped = false;
};
Options read_options(std::string_view json, const std::string& service) {
  simdjson::dom::parser parser;
  simdjson::dom::array rows;
  const bool several = json.find('[') < json.find('{');
  const std::string list = several ? std::string(json) : "[" + std::string(json) + "]";
  if (parser.parse(simdjson::padded_string(list)).get(rows)) return {};
  Options options;
  options.skipped = true;
  for (const simdjson::dom::element row : rows) {
    std::string_view text;
    if (!row["test.condition"].get(text) && between(text, "name=='", "'") != service) continue;
    options.skipped = false;
    if (!row["mode"].get(text)) options.mode = text;
    if (!row["test.prefix-line"].get(text)) options.prefix = text;
    break;
  }
  return options;
}

Label read_label(std::string_view json, const Options& options) {
  simdjson::dom::parser parser;
  simdjson::dom::element label;
  if (parser.parse(simdjson::padded_string(json)).get(label)) return {};
  std::string_view text;
  if (!label["constraint"].get(text)) {
    const bool wants_equal = text.find("==") != std::string_view::npos;
    const std::string mode = between(text, "= '", "'");
    if (text.find("'mode'") != std::string_view::npos && (mode == options.mode) != wants_equal) return {};
  }
  const std::string& mode = options.mode;
  Label out{
      true, false, mode != "aggressive" && mode != "ddos" && mode != "extra" && mode != "fallback", {}, {}};
  // A reader has no modes: that a narrower mode leaves a line to another one makes it no negative.
  if (label["match"].get(out.failure)) return {};
  out.known = out.failure || mode == "normal" || mode == "auth";
  if (!label["time"].get(text)) out.time = text;
  if (!label["host"].get(text)) out.host = text;
  return out;
}

struct Figure {
  int positive = 0, recognised = 0, negative = 0, wrong = 0;
  int positive_default = 0,
      recognised_default = 0;  // of the labels' default mode: failed log-ins and refusals
  void add(const Figure& other) {
    positive += other.positive;
    recognised += other.recognised;
    negative += other.negative;
    wrong += other.wrong;
    positive_default += other.positive_default;
    recognised_default += other.recognised_default;
  }
};

std::string with_interval(int hits, int of) {
  if (of == 0) return "-";
  const double n = of, p = hits / n, z = 1.96, z2 = z * z;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return fmt::format("{}/{} = {:.1f}% [{:.1f}, {:.1f}]", hits, of, 100 * p, 100 * (middle - half),
                     100 * (middle + half));
}

// Labels are written by hand: "2005-03-7T02:09:33". The corpus takes TAI64N for Unix time; it is 10 s ahead.
bool same_time(const std::string& label, const std::optional<WallTime>& local, std::string_view line) {
  if (label.empty()) return true;
  const auto want = parse_log_time(label.substr(0, 19));
  if (!want || !local) return false;
  const auto apart = std::chrono::abs(std::chrono::floor<std::chrono::seconds>(*local) - want->time);
  return apart <= std::chrono::seconds(line.starts_with("@4000") ? 10 : 0);
}

class Judge {
 public:
  Judge(const PatternSet& patterns, bool verbose)
      : clock_(parse_rfc3339("2005-08-14T10:00:00Z").value()),  // the labels' own idea of today
        context_{clock_, Zone::named("Europe/Zurich").value(), patterns},
        verbose_(verbose) {}

  Figure file(const std::string& service, std::string_view text) {
    Figure figure;
    Options options;
    Label label;
    auto parser = std::make_unique<TextParser>(context_);
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      if (const std::size_t at = line.find("filterOptions:");
          line.starts_with('#') && at != std::string_view::npos) {
        options = read_options(line.substr(at + 14), service);
        parser = std::make_unique<TextParser>(context_);
      } else if (line.starts_with("# failJSON:")) {
        label = read_label(line.substr(11), options);
      } else if (!line.empty() && !line.starts_with('#')) {
        if (!options.skipped) judge(service, options.prefix + std::string(line), label, *parser, figure);
        label = {};
      }
    }
    return figure;
  }

 private:
  void judge(const std::string& service, const std::string& line, const Label& label, TextParser& parser,
             Figure& figure) {
    LineEvent event;
    parser.parse(line, event);
    bool category = false, denied = false, failure = false;
    for (const Field& field : event.fields.fields()) {
      category = category || (field.name == "event.category" && field.value == "authentication");
      denied = denied || (field.name == "event.type" && field.value == "denied");
      failure = failure || (field.name == "event.outcome" && field.value == "failure");
    }
    const bool told = failure && (category || denied);
    if (!label.known) return;
    const std::string host(event.fields.value("source.address").value_or(""));
    std::optional<WallTime> local;
    if (event.time) local = context_.zone.to_local(*event.time);
    const bool same_host = label.host.empty() || host == label.host;
    const bool timely = same_time(label.time, local, line);
    std::string_view verdict;
    if (label.failure) {
      ++figure.positive;
      figure.positive_default += label.default_mode;
      if (told && same_host && timely) {
        ++figure.recognised;
        figure.recognised_default += label.default_mode;
      } else if (told && !host.empty() && !same_host) {
        ++figure.wrong;
        verdict = "WRONG HOST";
      } else {
        verdict = !told ? "MISSED" : !timely ? "OTHER TIME" : "NO HOST";
      }
    } else {
      ++figure.negative;
      if (told) {
        ++figure.wrong;
        verdict = "WRONG";
      }
    }
    if (verbose_ && !verdict.empty()) {
      fmt::print("{} {} [{} {}]: got {} {} {}: {}\n", service, verdict, label.host, label.time, host,
                 local ? to_rfc3339(*local) : "", event.fields.value("event.action").value_or(""), line);
    }
  }

  ManualClock clock_;
  const ReaderContext context_;
  const bool verbose_;
};

TEST(LabelledLines, FailedLogInsOfFiftyServices) {
  const char* shared = std::getenv("VEDETTE_SHARED");
  const fs::path archive =
      (shared != nullptr ? fs::path(shared) : fs::path(VEDETTE_SOURCE_DIR).parent_path() / "shared") /
      "corpora/logs/fail2ban-logs-dev.tar.zst";
  if (!fs::exists(archive))
    GTEST_SKIP() << "the labelled lines are not here: " << archive << "; set VEDETTE_SHARED";
  Input input = Input::open(archive).value();
  std::string tar(4u << 20, '\0');
  std::size_t size = 0;
  while (const std::size_t count = input.read(std::span(tar).subspan(size)).value()) size += count;
  tar.resize(size);

  const PatternSet patterns = PatternSet::built_in().value();
  const bool misses = std::getenv("VEDETTE_LOGS_MISSES") != nullptr;
  Figure halves[2];
  for (std::size_t at = 0; at + 512 <= tar.size() && tar[at] != '\0';) {
    const std::string name = fs::path(tar.substr(at, 100).c_str()).filename();
    const std::size_t length = std::strtoull(tar.substr(at + 124, 12).c_str(), nullptr, 8);
    if (tar[at + 156] == '0') {
      const char digit = sha256_hex(name)[0];
      const bool tuning = (digit >= 'a' ? digit - 'a' : digit - '0') % 2 == 0;
      const Figure figure =
          Judge(patterns, misses && tuning).file(name, std::string_view(tar).substr(at + 512, length));
      if (misses && tuning)
        fmt::print("{}: {}/{}, wrong {}\n", name, figure.recognised, figure.positive, figure.wrong);
      halves[tuning ? 0 : 1].add(figure);
    }
    at += 512 + (length + 511) / 512 * 512;
  }
  Figure all = halves[0];
  all.add(halves[1]);
  for (const auto& [half, figure] : {std::pair("tuning", halves[0]), {"checking", halves[1]}, {"all", all}}) {
    fmt::print("labelled lines, {}: recognised {}; of the default mode {}; wrong {} of {}\n", half,
               with_interval(figure.recognised, figure.positive),
               with_interval(figure.recognised_default, figure.positive_default), figure.wrong,
               figure.positive + figure.negative);
  }
  EXPECT_GT(all.positive, 500);
}

}  // namespace
}  // namespace vedette::logs
