// False alarms of the slow looks on recorded pages: `script/bench looks`. docs/measurements/sites.md keeps
// the tables. The looks are taken by a real Chromium without network; what one version shows and how it is
// judged is the same on each run, as far as Chromium is.
#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "../sites/interval.h"
#include "base/log.h"
#include "recorded_looks.h"
#include "sites/watch/cloak_watch.h"
#include "sites/watch/examiner.h"

namespace vedette::bench {
namespace {

using sites::PageFinding;
using sites::Profile;
using sites::Visitor;

constexpr std::size_t kVersions = 12, kRawLearnt = 8;
constexpr std::size_t kCloakLearnt = 7;  // the other five are one round of visits
constexpr std::array kVisitors{Visitor::kUser, Visitor::kUser, Visitor::kRobot, Visitor::kFromSearch,
                               Visitor::kPhone};

struct Count {  // once: by the first look or round alone; confirmed: by the second, too
  std::map<std::string, Cluster> once, confirmed;
  std::uint64_t unusable = 0, doubted = 0, of = 0;
};

Profile learnt(const RecordedPage& page, std::size_t versions) {
  Profile out;
  for (std::size_t i = 0; i < versions; ++i)
    out.learn({.url = page.url, .http_status = 200, .content_type = "", .body = page.fetches[i]});
  return out;
}

// The last five versions, in five orders, as the five visitors; a round that alarms is taken once more with
// the next order.
void cloak(const RecordedPage& page, Count& count) {
  const Profile profile = learnt(page, kCloakLearnt);
  auto round = [&](std::size_t shift) {
    std::vector<sites::Visit> visits;
    for (std::size_t i = 0; i < kVisitors.size(); ++i) {
      const auto& body = page.fetches[kCloakLearnt + (i + shift) % kVisitors.size()];
      visits.push_back({kVisitors[i], true, 200, page.url, "", body});
    }
    return sites::see_cloak(visits, profile, kCloakLearnt, {"site", "1", page.name});
  };
  for (std::size_t shift = 0; shift < kVisitors.size(); ++shift) {
    auto first = round(shift);
    ++count.of;
    if (!first.usable) {
      ++count.unusable;
      continue;
    }
    auto& once = count.once["cloaking"];
    auto& confirmed = count.confirmed["cloaking"];
    ++once.of, ++confirmed.of;
    if (first.conditions.empty()) continue;
    ++once.events;
    auto second = round(shift + 1);
    confirmed.events += std::ranges::any_of(second.conditions, [&](const sites::Condition& c) {
      return std::ranges::any_of(first.conditions,
                                 [&](const sites::Condition& f) { return f.where == c.where; });
    });
  }
}

// Looks as the watch takes them: the raw page is learnt, some looks are learnt, each later version is looked
// at; a difference is looked at again, with the next version (the last one with itself).
void looks(const RecordedPage& page, sites::Renderer& renderer, const fs::path& folder, Count& count,
           std::vector<std::string>& told) {
  const Profile raw = learnt(page, kRawLearnt);
  const bool shell =
      raw.judge({.url = page.url, .http_status = 200, .content_type = "", .body = page.fetches[0]},
                kRawLearnt)
          .shell;
  const std::size_t least =
      static_cast<std::size_t>(shell ? sites::kShellLooksLearned : sites::kLooksLearned);
  sites::LookContext context{page.name, shell, &raw};
  sites::ShownProfiles known;
  for (std::size_t i = kRawLearnt - least; i < kRawLearnt; ++i) {
    auto view = look(renderer, page, i, folder);
    if (view && sites::whole(*view)) learn_look(known, *view, false);
  }
  for (std::size_t i = kRawLearnt; i < kVersions; ++i) {
    ++count.of;
    auto& asked = count.once["new script in the page: asks for a look"];
    ++asked.of;
    asked.events +=
        raw.judge({.url = page.url, .http_status = 200, .content_type = "", .body = page.fetches[i]},
                  kRawLearnt)
            .new_scripts > 0;
    auto first = look(renderer, page, i, folder);
    if (!first || !sites::usable(*first)) {
      ++count.unusable;
      continue;
    }
    auto judged = judge_look(known, *first, context);
    if (judged.verdict == sites::Verdict::kUnavailable) {
      ++count.unusable;
      continue;
    }
    bool doubt = doubtful(known, *first, context);
    std::optional<sites::PageView> second;
    std::vector<PageFinding> confirmed;
    bool named = std::ranges::any_of(judged.findings, [](const PageFinding& f) { return f.hostile; });
    if (!judged.findings.empty() && !named) {
      second = look(renderer, page, std::min(i + 1, kVersions - 1), folder);
      if (!second || !sites::usable(*second)) {
        ++count.unusable;
        continue;
      }
      doubt = doubt || doubtful(known, *second, context);
      for (auto& f : judge_look(known, *second, context).findings) {
        if (std::ranges::any_of(judged.findings, [&](const PageFinding& g) { return g.kind == f.kind; }))
          confirmed.push_back(std::move(f));
      }
    } else {
      confirmed = judged.findings;
    }
    for (const char* kind : {"any", "picture_changed", "runtime_origin", "other"}) {
      auto is = [&](const PageFinding& f) {
        std::string_view k = kind;
        bool other = f.kind != "picture_changed" && f.kind != "runtime_origin";
        return k == "any" || (k == "other" ? other : f.kind == k);
      };
      auto& once = count.once[kind];
      auto& twice = count.confirmed[kind];
      ++once.of, ++twice.of;
      once.events += std::ranges::any_of(judged.findings, is);
      twice.events += !(doubt && !named) && std::ranges::any_of(confirmed, is);
    }
    for (const auto& f : judged.findings) {
      bool also = std::ranges::any_of(confirmed, [&](const PageFinding& g) { return g.kind == f.kind; });
      told.push_back(fmt::format("{} {}: {} {}{}", page.name, i, f.kind, f.where, also ? " CONFIRMED" : ""));
    }
    count.doubted += doubt && !confirmed.empty() && !named;
    if (!confirmed.empty() && !doubt) continue;  // nothing is learnt of what nobody approved
    const auto& last = second ? *second : *first;
    if (sites::whole(last)) learn_look(known, last, false);
  }
}

void print(std::string_view what, const std::vector<std::pair<bool, Count>>& counts, bool tuning) {
  std::map<std::string, std::vector<Cluster>> once, confirmed;
  std::uint64_t unusable = 0, doubted = 0, of = 0;
  for (const auto& [is_tuning, count] : counts) {
    if (is_tuning != tuning) continue;
    for (const auto& [kind, c] : count.once) once[kind].push_back(c);
    for (const auto& [kind, c] : count.confirmed) confirmed[kind].push_back(c);
    unusable += count.unusable, doubted += count.doubted, of += count.of;
  }
  for (const auto& [kind, clusters] : once) {
    fmt::print("| {}, {} | {} | {} | {} |\n", what, kind, tuning ? "tuning" : "checking",
               per_thousand(rate(clusters)),
               confirmed.contains(kind) ? per_thousand(rate(confirmed[kind])) : "");
  }
  fmt::print("| {}: without an answer or not judged; doubted | {} | {} of {} | {} |\n", what,
             tuning ? "tuning" : "checking", unusable, of, doubted);
}

int run(const fs::path& corpus, const fs::path& folder, std::string_view which) {
  log::set_level(log::Level::kError);
  auto pages = load_pages(corpus);
  std::erase_if(pages, [&](const RecordedPage& p) {
    return p.fetches.size() < kVersions || (which == "tuning" && !p.tuning) ||
           (which == "checking" && p.tuning);
  });
  fs::create_directories(folder);
  SystemClock clock;
  Metrics metrics;
  auto renderer = sites::make_renderer({}, clock, metrics);
  std::vector<std::pair<bool, Count>> cloaked(pages.size()), looked(pages.size());
  std::vector<std::vector<std::string>> told(pages.size());
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        for (std::size_t i = next++; i < pages.size(); i = next++) {
          cloaked[i].first = looked[i].first = pages[i].tuning;
          cloak(pages[i], cloaked[i].second);
          looks(pages[i], *renderer, folder, looked[i].second, told[i]);
        }
      });
    }
  }
  // What alarms on the checking half is not shown: it stays unseen.
  for (std::size_t i = 0; i < pages.size(); ++i) {
    if (!pages[i].tuning) continue;
    for (const auto& line : told[i]) std::cerr << line << '\n';
  }
  fmt::print(
      "| look | half | alarms per 1,000, first alone | confirmed by the second: reported |\n"
      "| --- | --- | --- | --- |\n");
  for (bool tuning : {true, false}) {
    if (std::ranges::none_of(pages, [&](const RecordedPage& p) { return p.tuning == tuning; })) continue;
    print("cloaking round", cloaked, tuning);
    print("look in the browser", looked, tuning);
  }
  return 0;
}

}  // namespace
}  // namespace vedette::bench

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: looks_bench CORPUS_DIR LOOKS_DIR [tuning|checking]\n";
    return 2;
  }
  return vedette::bench::run(argv[1], argv[2], argc > 3 ? argv[3] : "");
}
