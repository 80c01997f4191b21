#include "sites/watch/cloak_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "base/assert.h"
#include "base/text/fold.h"
#include "base/text/lexicon.h"
#include "net/url.h"
#include "sites/html/page.h"
#include "sites/judge/hash32.h"
#include "sites/judge/hostile_words.h"
#include "sites/judge/profile.h"

namespace vedette::sites {
namespace {

namespace json = boost::json;
constexpr std::size_t kWords = 4;          // in a shingle
constexpr double kMargin = 0.05;           // of the text
constexpr std::size_t kShinglesMin = 8;    // fewer are no difference
constexpr std::size_t kPageShingles = 40;  // a page with less text is built by scripts, or none
constexpr double kAnotherPage = 0.5;
constexpr std::size_t kSignatureBytes = 160;
constexpr std::size_t kTextMax = 256u << 10;

using Shingles = std::set<std::uint32_t>;

bool word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Groups of words of one block; words with digits are left out: tokens, counters and dates.
std::vector<std::uint32_t> shingles_of(std::string_view text) {
  std::vector<std::uint32_t> words, out;
  std::string word;
  bool digit = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && word_char(text[i])) {
      char c = text[i];
      digit = digit || (c >= '0' && c <= '9');
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      continue;
    }
    if (!word.empty() && !digit) words.push_back(hash32(word));
    word.clear();
    digit = false;
  }
  if (words.empty()) return out;
  for (std::size_t i = 0; i + std::min(kWords, words.size()) <= words.size(); ++i) {
    Mixer mixer;
    for (std::size_t k = i; k < std::min(i + kWords, words.size()); ++k) mixer.add(std::uint64_t{words[k]});
    out.push_back(mixer.value());
  }
  return out;
}

struct Seen {
  explicit Seen(const Visit& visit)
      : page(read_page(visit.body, visit.final_url, visit.content_type)), final_url(visit.final_url) {
    if (auto url = net::parse_url(visit.final_url)) domain = net::registrable_domain(url->host);
    auto text = [&](std::string_view part) {
      for (auto hash : shingles_of(part)) shingles.insert(hash);
    };
    text(page.title);
    for (const auto& block : page.blocks) text(block.text);
    for (const auto& ref : page.refs) {
      if (!ref.own && ref.host.find('.') != std::string_view::npos) hosts.emplace(ref.host);
    }
  }
  Page page;
  std::string final_url, domain;
  Shingles shingles;
  std::set<std::string> hosts;
};

std::size_t missing(const Shingles& of, const Shingles& in) {
  return static_cast<std::size_t>(std::ranges::count_if(of, [&](auto hash) { return !in.contains(hash); }));
}
double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}
int percent(double part) { return static_cast<int>(part * 100); }

// A defacer signs in a line of its own; "owned by" in an article's paragraph is anybody's.
void add_phrases(std::string_view text, bool strong, std::set<std::string>& out) {
  const std::string folded = fold_text(text.substr(0, kTextMax));
  for (const auto& hit : site_lexicon().find(folded)) {
    if (strong && hit.entry->strength != Strength::kStrong) continue;
    if (hit.entry->category == "defacement" && text.size() > kSignatureBytes) continue;
    out.insert(hit.entry->phrase);
  }
}

class Round {
 public:
  Round(const Seen& one, const Seen& two, const Profile& profile, int learn_target, const Asset& asset)
      : one_(one), two_(two), profile_(profile), learn_target_(learn_target), asset_(asset) {
    users_ = one.shingles;
    users_.insert(two.shingles.begin(), two.shingles.end());
    user_extra_ = std::max(missing(one.shingles, two.shingles), missing(two.shingles, one.shingles));
    user_share_ = std::max(share(missing(one.shingles, two.shingles), one.shingles.size()),
                           share(missing(two.shingles, one.shingles), two.shingles.size()));
    for (const auto* seen : {&one_, &two_}) {
      std::size_t read = 0;
      add_phrases(seen->page.title, false, user_phrases_);
      for (const auto& block : seen->page.blocks) {
        read += block.text.size();
        if (read > kTextMax) break;
        add_phrases(block.text, false, user_phrases_);
      }
    }
    for (const auto& host : one.hosts) user_hosts_ += !two.hosts.contains(host);
    for (const auto& host : two.hosts) user_hosts_ += !one.hosts.contains(host);
  }

  double user_share() const { return user_share_; }

  VisitSeen see(const Visit& visit, std::vector<Condition>& out) {
    VisitSeen result{visit.visitor, visit.status, false, 0};
    if (!visit.answered || visit.status >= 400) return result;
    Seen seen(visit);
    const bool moved = !seen.domain.empty() && seen.domain != one_.domain && seen.domain != two_.domain;
    const PageInput input{visit.final_url, visit.status, visit.content_type, visit.body};
    if (!moved && profile_.judge(input, learn_target_).verdict == Verdict::kUnavailable) return result;
    result.judged = true;
    const std::size_t extra = missing(seen.shingles, users_);
    const double extra_share = share(extra, seen.shingles.size());
    result.extra_percent = percent(extra_share);
    const bool exceeds = extra >= kShinglesMin &&
                         (extra_share > user_share_ + kMargin || extra > 2 * user_extra_ + kShinglesMin);
    if (!exceeds && !moved) return result;

    const auto parts = extra_text(seen);
    const auto words = hostile(parts);
    const auto hosts = foreign(seen);
    // Dynamic rendering gives robots what scripts build for visitors: that adds text, and takes none away.
    const bool another = one_.shingles.size() >= kPageShingles && extra >= kPageShingles &&
                         extra_share > user_share_ + kAnotherPage &&
                         share(missing(one_.shingles, seen.shingles), one_.shingles.size()) >= kAnotherPage;
    const bool phone = visit.visitor == Visitor::kPhone;
    if (!moved && words.empty() && (phone || (hosts.empty() && !another))) return result;

    Condition c = about(visit.visitor, extra_share, parts.empty() ? "-" : cut_text(parts.front().path, 200));
    c.severity = moved || !words.empty() ? Severity::kHigh : Severity::kMedium;
    c.confidence = !words.empty() ? 90 : moved ? 80 : !hosts.empty() ? 65 : 55;
    c.before = fmt::format("{}\n{}", one_.final_url, one_.page.title);
    c.after = fmt::format("{}\n{}\n{}\n{}\n{}", seen.final_url, seen.page.title, fmt::join(words, ", "),
                          fmt::join(hosts, "\n"), described(parts));
    out.push_back(std::move(c));
    return result;
  }

 private:
  Condition about(Visitor visitor, double extra_share, std::string part) const {
    std::map<std::string, std::string> arguments{{"site", asset_.name},
                                                 {"agent", std::string(agent_of(visitor))},
                                                 {"bot", std::to_string(percent(extra_share))},
                                                 {"user", std::to_string(percent(user_share_))},
                                                 {"part", std::move(part)}};
    Condition c;
    c.kind = "cloaking";
    c.title = {visitor == Visitor::kRobot   ? "sites.cloaked"
               : visitor == Visitor::kPhone ? "sites.cloaked_mobile"
                                            : "sites.cloaked_search",
               arguments};
    c.reason = {"sites.cloaked.reason", arguments};
    c.next_step = {visitor == Visitor::kRobot ? "sites.cloaked.next" : "sites.cloaked_visitor.next", {}};
    c.where = agent_of(visitor);
    c.attack = {"T1608.006"};  // Stage Capabilities: SEO Poisoning
    return c;
  }

  struct Part {  // of the page: text that no ordinary visit had
    std::string_view path, text;
  };
  std::vector<Part> extra_text(const Seen& seen) const {
    std::vector<Part> out;
    std::size_t bytes = 0;
    auto add = [&](std::string_view path, std::string_view text) {
      auto all = shingles_of(text);
      if (bytes > kTextMax || std::ranges::all_of(all, [&](auto hash) { return users_.contains(hash); }))
        return;
      bytes += text.size();
      out.push_back({path, text});
    };
    add("title", seen.page.title);
    for (const auto& block : seen.page.blocks) add(block.path, block.text);
    return out;
  }

  static std::string described(const std::vector<Part>& parts) {
    std::string out;
    std::string_view path;
    for (const auto& part : parts) {
      if (out.size() > 2000) break;
      if (part.path != path) out += fmt::format("{}:\n", path = part.path);
      out += fmt::format("  {}\n", cut_text(part.text, 300));
    }
    return cut_text(out, 2000);
  }

  // What an attacker writes and the ordinary page does not say: one strong phrase, or three weak ones.
  std::set<std::string> hostile(const std::vector<Part>& parts) const {
    for (bool strong : {true, false}) {
      std::set<std::string> out;
      for (const auto& part : parts) add_phrases(part.text, strong, out);
      std::erase_if(out, [&](const std::string& phrase) { return user_phrases_.contains(phrase); });
      if (out.size() >= (strong ? 1u : 3u)) return out;
    }
    return {};
  }

  std::vector<std::string> foreign(const Seen& seen) const {
    std::vector<std::string> out;
    for (const auto& host : seen.hosts) {
      if (one_.hosts.contains(host) || two_.hosts.contains(host) || profile_.impl().any_host_known(host) ||
          net::registrable_domain(host) == one_.domain) {
        continue;
      }
      out.push_back(host);
    }
    if (out.size() <= user_hosts_) out.clear();  // ordinary visits differ by as many
    if (out.size() > 20) out.resize(20);
    return out;
  }

  const Seen& one_;
  const Seen& two_;
  const Profile& profile_;
  const int learn_target_;
  const Asset& asset_;
  Shingles users_;
  std::size_t user_extra_ = 0, user_hosts_ = 0;
  double user_share_ = 0;
  std::set<std::string> user_phrases_;
};

}  // namespace

std::string_view agent_of(Visitor visitor) {
  switch (visitor) {
    case Visitor::kRobot:
      return "Googlebot";
    case Visitor::kFromSearch:
      return "Referer: www.google.com";
    case Visitor::kPhone:
      return "iPhone";
    case Visitor::kUser:
      break;
  }
  return "Chrome";
}

bool CloakRound::judged(Visitor visitor) const {
  return std::ranges::any_of(visits, [&](const VisitSeen& v) { return v.visitor == visitor && v.judged; });
}

CloakRound see_cloak(std::span<const Visit> visits, const Profile& profile, int learn_target,
                     const Asset& asset) {
  VEDETTE_ASSERT(visits.size() >= 2);
  CloakRound out;
  for (const auto& user : visits.first(2)) {
    if (!user.answered || user.status >= 400) return out;
    if (profile.judge({user.final_url, user.status, user.content_type, user.body}, learn_target).verdict ==
        Verdict::kUnavailable) {
      return out;
    }
  }
  out.usable = true;
  Seen one(visits[0]), two(visits[1]);
  Round round(one, two, profile, learn_target, asset);
  out.user_percent = percent(round.user_share());
  for (const auto& visit : visits.subspan(2)) out.visits.push_back(round.see(visit, out.conditions));
  return out;
}

std::string cloak_to_json(const CloakRound& round) {
  json::array visits;
  for (const auto& v : round.visits) {
    visits.emplace_back(json::object{{"agent", agent_of(v.visitor)},
                                     {"status", v.status},
                                     {"judged", v.judged},
                                     {"differs_percent", v.extra_percent}});
  }
  return json::serialize(json::object{
      {"show", json::object{{"users_differ_percent", round.user_percent}, {"visits", std::move(visits)}}}});
}

}  // namespace vedette::sites
