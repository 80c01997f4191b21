// The judge measured on recorded pages: `script/bench sites`. Prints Markdown tables;
// docs/measurements/sites.md keeps them. Everything but the two timing lines is the same on every run.
#include <fmt/format.h>
#include <malloc.h>

#include <cstring>
#include <ctime>

#include "corpus.h"
#include "injections.h"
#include "interval.h"
#include "outages.h"
#include "peers.h"

namespace vedette::bench {
namespace {

using sites::Judgement;
using sites::PageInput;
using sites::Profile;
using sites::Verdict;

constexpr int kLearn = 8;

struct Half {
  std::string_view name;
  bool tuning, checking;
  bool holds(bool is_tuning) const { return is_tuning ? tuning : checking; }
};
constexpr Half kHalves[] = {{"tuning", true, false}, {"checking", false, true}, {"all", true, true}};

PageInput input_of(const RecordedPage& page, std::string_view body, int status = 200) {
  return {.url = page.url, .http_status = status, .content_type = "", .body = body};
}
bool alarmed(Verdict v) { return v == Verdict::kWarn || v == Verdict::kCritical; }
bool hostile(const Judgement& j) {
  return std::any_of(j.findings.begin(), j.findings.end(),
                     [](const sites::PageFinding& f) { return f.hostile; });
}
// Processor time of this thread, so that what else the machine does counts only through its caches.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct PageResult {
  const RecordedPage* page = nullptr;
  Profile profile;  // after all fetches
  Cluster critical, alarm, critical_answered, alarm_answered, text_hash, domain_text;
  std::vector<Cluster> caught, named;  // by hostile half: 0 tuning, 1 checking
  Cluster cross_critical, cross_hostile, cross_alarm, injected, outage_critical, outage_alarm, outage_right;
};

void replay_changes(PageResult& r, bool verbose, bool answered) {
  const RecordedPage& page = *r.page;
  Profile profile;
  for (std::size_t i = 0; i < page.fetches.size(); ++i) {
    const PageInput input = input_of(page, page.fetches[i]);
    if (i < kLearn) {
      profile.learn(input);
      continue;
    }
    if (page.fetches[i] == page.fetches[i - 1]) continue;
    const Judgement j = profile.judge(input, kLearn);
    (answered ? r.critical_answered : r.critical).of += 1;
    (answered ? r.alarm_answered : r.alarm).of += 1;
    (answered ? r.critical_answered : r.critical).events += j.verdict == Verdict::kCritical ? 1u : 0u;
    (answered ? r.alarm_answered : r.alarm).events += alarmed(j.verdict) ? 1u : 0u;
    if (verbose && j.verdict != Verdict::kOk && (page.tuning || std::getenv("VEDETTE_BENCH_CHECKING"))) {
      fmt::print(stderr, "{} {} {}: {}", page.name, page.service, i, to_string(j.verdict));
      for (const auto& f : j.findings)
        fmt::print(stderr, " [{} {} {}]", f.kind, to_string(f.severity), f.where.substr(0, 100));
      fmt::print(stderr, "\n");
    }
    if (j.verdict == Verdict::kOk) profile.learn(input);
    if (alarmed(j.verdict) && answered) profile.approve(input);
  }
  if (!answered) r.profile = std::move(profile);
}

void peers(PageResult& r) {
  const RecordedPage& page = *r.page;
  std::set<std::string> domains;
  TextOnly before;
  for (std::size_t i = 0; i < page.fetches.size(); ++i) {
    TextOnly now = text_only(page.fetches[i], page.url);
    if (i >= kLearn && page.fetches[i] != page.fetches[i - 1]) {
      const bool new_domain = std::any_of(now.domains.begin(), now.domains.end(),
                                          [&](const std::string& d) { return !domains.contains(d); });
      ++r.text_hash.of, ++r.domain_text.of;
      r.text_hash.events += now.text != before.text ? 1u : 0u;
      r.domain_text.events += new_domain || text_difference(before, now) > 0.05 ? 1u : 0u;
    }
    domains.insert(now.domains.begin(), now.domains.end());
    before = std::move(now);
  }
}

std::vector<Cluster> pick(const std::vector<PageResult>& results, const Half& half,
                          Cluster PageResult::* field) {
  std::vector<Cluster> out;
  for (const PageResult& r : results) {
    if (half.holds(r.page->tuning)) out.push_back(r.*field);
  }
  return out;
}

void print_alarms(const std::vector<PageResult>& results) {
  fmt::print("\n### Alarms per 1,000 real changes (95% interval by page; alarms/changes)\n\n");
  fmt::print("| method | tuning | checking | all |\n| --- | --- | --- | --- |\n");
  auto row = [&](std::string_view name, Cluster PageResult::* field) {
    fmt::print("| {} |", name);
    for (const Half& half : kHalves) fmt::print(" {} |", per_thousand(rate(pick(results, half, field))));
    fmt::print("\n");
  };
  row("Vedette CRITICAL", &PageResult::critical);
  row("Vedette CRITICAL + WARN", &PageResult::alarm);
  row("Vedette CRITICAL, alarms answered", &PageResult::critical_answered);
  row("Vedette CRITICAL + WARN, alarms answered", &PageResult::alarm_answered);
  row("hash of the visible text", &PageResult::text_hash);
  row("new domain or 5% of the text", &PageResult::domain_text);
}

void measure_replacement(std::vector<PageResult>& results, const std::vector<HostileFile>& files,
                         bool verbose) {
  std::vector<Cluster> by_file(files.size());
  for (PageResult& r : results) {
    r.caught.assign(2, {}), r.named.assign(2, {});
    for (std::size_t i = 0; i < files.size(); ++i) {
      const Judgement j = r.profile.judge(input_of(*r.page, files[i].body), kLearn);
      const std::size_t half = files[i].tuning ? 0 : 1;
      ++r.caught[half].of, ++r.named[half].of, ++by_file[i].of;
      r.caught[half].events += j.verdict == Verdict::kCritical ? 1u : 0u;
      r.named[half].events += hostile(j) ? 1u : 0u;
      by_file[i].events += hostile(j) ? 1u : 0u;
      if (verbose && j.verdict != Verdict::kCritical && (files[i].tuning && r.page->tuning))
        fmt::print(stderr, "not caught: {} by {} verdict {} {}\n", files[i].name, r.page->name,
                   to_string(j.verdict),
                   j.findings.empty() ? ""
                                      : j.findings[0].kind + " " +
                                            (j.findings[0].reason.arguments.contains("outage")
                                                 ? j.findings[0].reason.arguments.at("outage")
                                                 : ""));
    }
  }
  fmt::print("\n### Full replacement: each defaced page as the next fetch of each page\n\n");
  fmt::print(
      "| measure | pages | tuning files | checking files | all files |\n| --- | --- | --- | --- | --- |\n");
  for (const bool named : {false, true}) {
    for (const Half& half : kHalves) {
      fmt::print("| {} | {} |", named ? "named hostile" : "caught (CRITICAL)", half.name);
      for (const Half& file_half : kHalves) {
        std::vector<Cluster> clusters;
        for (const PageResult& r : results) {
          if (!half.holds(r.page->tuning)) continue;
          const auto& both = named ? r.named : r.caught;
          Cluster sum;
          if (file_half.tuning) sum.events += both[0].events, sum.of += both[0].of;
          if (file_half.checking) sum.events += both[1].events, sum.of += both[1].of;
          clusters.push_back(sum);
        }
        fmt::print(" {} |", percent(rate(clusters)));
      }
      fmt::print("\n");
    }
  }
  std::string unnamed;
  std::size_t named_files[2] = {}, of_files[2] = {};
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::size_t half = files[i].tuning ? 0 : 1;
    ++of_files[half];
    if (2 * by_file[i].events > by_file[i].of) {
      ++named_files[half];
    } else if (files[i].tuning || !verbose) {
      unnamed += " " + files[i].name;
    }
  }
  fmt::print("\nFiles named hostile on most pages: tuning {}/{}, checking {}/{}. Not named:{}\n",
             named_files[0], of_files[0], named_files[1], of_files[1], unnamed);
}

void measure_cross(std::vector<PageResult>& results, bool verbose) {
  for (PageResult& r : results) {
    std::set<std::string> services{r.page->service};
    for (const PageResult& other : results) {
      // One page of each service of the same half, so that tuning never sees the other half.
      if (other.page->tuning != r.page->tuning || !services.insert(other.page->service).second) continue;
      if (other.page->url == r.page->url) continue;  // one operator under two names
      const Judgement j = r.profile.judge(input_of(*r.page, other.page->fetches.back()), kLearn);
      ++r.cross_critical.of, ++r.cross_hostile.of, ++r.cross_alarm.of;
      r.cross_critical.events += j.verdict == Verdict::kCritical ? 1u : 0u;
      r.cross_alarm.events += alarmed(j.verdict) ? 1u : 0u;
      r.cross_hostile.events += hostile(j) ? 1u : 0u;
      if (verbose && r.page->tuning && (hostile(j) || j.verdict != Verdict::kCritical))
        fmt::print(stderr, "cross {}<-{} {} hostile={} {}\n", r.page->service, other.page->service,
                   to_string(j.verdict), hostile(j),
                   j.findings.empty()
                       ? ""
                       : j.findings.back().kind + " " + render(j.findings.back().reason, Language::kEnglish));
    }
    for (const Outage& outage : kOutages) {
      const std::string body =
          outage.cut > 0 ? r.page->fetches.back().substr(
                               0, r.page->fetches.back().size() * static_cast<std::size_t>(outage.cut) / 100)
                         : std::string(outage.body);
      const Judgement j = r.profile.judge(input_of(*r.page, body, outage.status), kLearn);
      ++r.outage_critical.of, ++r.outage_alarm.of, ++r.outage_right.of;
      r.outage_critical.events += j.verdict == Verdict::kCritical ? 1u : 0u;
      r.outage_alarm.events += alarmed(j.verdict) ? 1u : 0u;
      r.outage_right.events += j.verdict == Verdict::kUnavailable ? 1u : 0u;
      if (verbose && r.page->tuning && alarmed(j.verdict))
        fmt::print(stderr, "outage {} on {}: {} {}\n", outage.name, r.page->name, to_string(j.verdict),
                   j.findings.empty() ? "" : j.findings[0].kind);
    }
  }
  fmt::print(
      "\n### What is not a defacer's page\n\n| measure | tuning | checking | all |\n| --- | --- | --- | --- "
      "|\n");
  auto row = [&](std::string_view name, Cluster PageResult::* field) {
    fmt::print("| {} |", name);
    for (const Half& half : kHalves) fmt::print(" {} |", percent(rate(pick(results, half, field))));
    fmt::print("\n");
  };
  row("another service's page: CRITICAL (wanted)", &PageResult::cross_critical);
  row("another service's page: named hostile (not wanted)", &PageResult::cross_hostile);
  row("error, challenge, login, cut page: unavailable (wanted)", &PageResult::outage_right);
  row("error, challenge, login, cut page: CRITICAL (not wanted)", &PageResult::outage_critical);
  row("error, challenge, login, cut page: any alarm (not wanted)", &PageResult::outage_alarm);
}

void measure_injections(std::vector<PageResult>& results, bool verbose) {
  std::map<std::string_view, std::vector<Cluster>> groups;
  for (PageResult& r : results) {
    std::map<std::string_view, Cluster> mine;
    for (const Injection& injection : kInjections) {
      const std::string body = inject(r.page->fetches.back(), injection);
      if (body == r.page->fetches.back()) continue;  // no such place on this page
      const Judgement j = r.profile.judge(input_of(*r.page, body), kLearn);
      const bool caught = alarmed(j.verdict);
      ++r.injected.of, ++mine[injection.group].of;
      r.injected.events += caught ? 1u : 0u;
      mine[injection.group].events += caught ? 1u : 0u;
      if (verbose && r.page->tuning && !caught)
        fmt::print(stderr, "missed injection: {} on {}\n", injection.name, r.page->name);
    }
    for (const auto& [group, cluster] : mine) groups[group].push_back(cluster);
  }
  fmt::print(
      "\n### Injections: {} kinds, each into the last fetch of each page\n\n| group | caught (WARN or "
      "CRITICAL) |\n| --- | --- |\n",
      kInjections.size());
  for (const auto& [group, clusters] : groups) fmt::print("| {} | {} |\n", group, percent(rate(clusters)));
  for (const Half& half : kHalves)
    fmt::print("| all groups, {} pages | {} |\n", half.name,
               percent(rate(pick(results, half, &PageResult::injected))));
}

void measure_speed(const std::vector<PageResult>& results) {
  std::size_t pages = 0, bytes = 0;
  double start = processor_seconds();
  for (const PageResult& r : results) {
    for (const std::string& body : r.page->fetches) {
      (void)r.profile.judge(input_of(*r.page, body), kLearn);
      ++pages, bytes += body.size();
    }
  }
  const double compare = processor_seconds() - start;
  start = processor_seconds();
  std::size_t learnt = 0;
  for (const PageResult& r : results) {
    Profile profile = r.profile;
    for (std::size_t i = kLearn; i < r.page->fetches.size(); ++i, ++learnt)
      profile.learn(input_of(*r.page, r.page->fetches[i]));
  }
  const double learning = processor_seconds() - start;
  fmt::print(
      "\n### Speed, one thread\n\nFull compares (parse, extract, compare; nothing skipped because bytes were "
      "equal): {} pages of {:.0f} KB on average in {:.2f} s of processor time = {:.0f} pages a minute, "
      "{:.0f} MB/s. Learning "
      "from an accepted page: {:.0f} pages a minute.\n",
      pages, static_cast<double>(bytes) / static_cast<double>(pages) / 1000, compare,
      static_cast<double>(pages) / compare * 60, static_cast<double>(bytes) / compare / 1e6,
      static_cast<double>(learnt) / learning * 60);
}

void measure_memory(const std::vector<PageResult>& results) {
  std::size_t bytes_max = 0, bytes = 0;
  for (const PageResult& r : results)
    bytes_max = std::max(bytes_max, r.profile.serialize().size()), bytes += r.profile.serialize().size();
  malloc_trim(0);
  const auto before = mallinfo2();
  std::vector<Profile> profiles;
  profiles.reserve(10'000);
  for (std::size_t i = 0; i < 10'000; ++i) profiles.push_back(results[i % results.size()].profile);
  const auto after = mallinfo2();
  fmt::print(
      "\n### Memory\n\n10,000 profiles: {:.0f} MB. A profile in the store: {:.1f} KB on average, {:.1f} KB "
      "at most (bound: 16 KiB).\n",
      static_cast<double>(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / 1e6,
      static_cast<double>(bytes) / static_cast<double>(results.size()) / 1000,
      static_cast<double>(bytes_max) / 1000);
}

// For a profiler: learns each page and compares its last fetch `times` times, without the other tables.
int run_compares(const fs::path& folder, int times) {
  const std::vector<RecordedPage> pages = load_pages(folder);
  std::vector<Profile> profiles(pages.size());
  for (std::size_t i = 0; i < pages.size(); ++i) {
    for (std::size_t k = 0; k < kLearn; ++k) profiles[i].learn(input_of(pages[i], pages[i].fetches[k]));
  }
  std::size_t compares = 0, bytes = 0;
  const double start = processor_seconds();
  for (int round = 0; round < times; ++round) {
    for (std::size_t i = 0; i < pages.size(); ++i, ++compares) {
      (void)profiles[i].judge(input_of(pages[i], pages[i].fetches.back()), kLearn);
      bytes += pages[i].fetches.back().size();
    }
  }
  const double seconds = processor_seconds() - start;
  fmt::print("{} compares, {} bytes, {:.3f} s, {:.0f} a minute\n", compares, bytes, seconds,
             static_cast<double>(compares) / seconds * 60);
  return 0;
}

int run(const fs::path& folder, bool verbose) {
  const std::vector<RecordedPage> pages = load_pages(folder);
  const std::vector<HostileFile> hostile_files = load_hostile(folder);
  std::vector<PageResult> results(pages.size());
  for (std::size_t i = 0; i < pages.size(); ++i) {
    results[i].page = &pages[i];
    replay_changes(results[i], verbose, false);
    replay_changes(results[i], false, true);
    peers(results[i]);
  }
  print_alarms(results);
  measure_replacement(results, hostile_files, verbose);
  measure_cross(results, verbose);
  measure_injections(results, verbose);
  measure_speed(results);
  measure_memory(results);
  return 0;
}

}  // namespace
}  // namespace vedette::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr,
               "usage: sites_bench FOLDER [--verbose | --compares TIMES]\nFOLDER holds benign/, "
               "benign-index.tsv and defaced/\n");
    return 2;
  }
  if (argc > 3 && std::strcmp(argv[2], "--compares") == 0)
    return vedette::bench::run_compares(argv[1], std::atoi(argv[3]));
  return vedette::bench::run(argv[1], argc > 2 && std::strcmp(argv[2], "--verbose") == 0);
}
