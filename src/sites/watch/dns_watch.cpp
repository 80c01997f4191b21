#include "sites/watch/dns_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "net/url.h"
#include "sites/watch/json_reader.h"

namespace vedette::sites {
namespace {

namespace json = boost::json;
constexpr int kStrayRounds = 3;
constexpr int kVolatileRounds = 3;
constexpr std::size_t kValuesMax = 64;

bool is_address(std::string_view type) { return type == "A" || type == "AAAA"; }

// What stands for a value in `known`: an address by its network, anything else by itself.
std::string network_of(std::string_view type, std::string_view value) {
  if (type == "A") {
    auto first = value.find('.');
    auto second = first == std::string_view::npos ? first : value.find('.', first + 1);
    return std::string(value.substr(0, second)) + ".0.0/16";
  }
  if (type == "AAAA") {
    auto first = value.find(':');
    auto second = first == std::string_view::npos ? first : value.find(':', first + 1);
    return std::string(value.substr(0, second)) + "::/32";
  }
  return std::string(value);
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::ranges::find(list, value) != list.end();
}

void remember(std::vector<std::string>& known, const std::string& value) {
  std::erase(known, value);
  known.push_back(value);
  if (known.size() > kDnsKnownMax) known.erase(known.begin());
}

Condition about(std::string kind, Severity severity, int confidence,
                std::map<std::string, std::string> arguments) {
  Condition c;
  c.title = {"sites." + kind, arguments};
  c.reason = {"sites." + kind + ".reason", arguments};
  c.next_step = {"sites." + kind + ".next", arguments};
  c.kind = std::move(kind);
  c.severity = severity;
  c.confidence = confidence;
  c.attack = {"T1584.002"};  // Compromise Infrastructure: DNS Server
  return c;
}

using Answers = std::vector<const DnsAnswer*>;

class Round {
 public:
  Round(DnsRecordState& state, const std::string& type, const std::string& host, bool window, DnsRound& out)
      : state_(state), type_(type), host_(host), window_(window), out_(out) {}

  void see(const Answers& answers) {
    Answers given;
    for (const auto* a : answers) {
      if (a->error.empty() && !a->values.empty()) given.push_back(a);
    }
    if (given.empty()) return;
    ++state_.rounds;
    if (state_.rounds <= kDnsLearnRounds || window_) {
      learn(given);
      return;
    }
    if (is_address(type_) && state_.new_in_learning >= kVolatileRounds) {
      learn(given);
      return;
    }
    changed(given);
    strays(given);
  }

 private:
  bool known(const std::string& value) const { return contains(state_.known, network_of(type_, value)); }

  void learn(const Answers& given) {
    bool fresh = false;
    for (const auto* a : given) {
      for (const auto& value : a->values) {
        fresh = fresh || (state_.rounds > 1 && !known(value));
        remember(state_.known, network_of(type_, value));
      }
    }
    if (fresh && state_.rounds <= kDnsLearnRounds) ++state_.new_in_learning;
    state_.pending.clear();
    state_.strays.clear();
  }

  void changed(const Answers& given) {
    std::map<std::string, std::size_t> votes;  // unknown values → resolvers that gave them
    for (const auto* a : given) {
      std::set<std::string> once(a->values.begin(), a->values.end());
      for (const auto& value : once) {
        if (!known(value)) ++votes[value];
      }
    }
    std::vector<std::string> agreed, networks;
    std::size_t most = 0;
    for (const auto& [value, count] : votes) {
      if (count * 2 <= given.size()) continue;
      agreed.push_back(value);
      most = std::max(most, count);
    }
    // A pool answers with other addresses of the same new network in the next round: compare networks.
    bool again = false;
    for (const auto& value : agreed) {
      networks.push_back(network_of(type_, value));
      again = again || contains(state_.pending, networks.back());
    }
    state_.pending = networks;
    if (!again) return;
    bool all_new = std::ranges::all_of(given, [&](const DnsAnswer* a) {
      return std::ranges::none_of(a->values, [&](const std::string& v) { return known(v); });
    });
    Severity severity = type_ == "NS" ? Severity::kHigh : Severity::kMedium;
    if (!all_new) severity = type_ == "NS" ? Severity::kMedium : Severity::kLow;
    auto c = about("dns_changed", severity, all_new ? 75 : 50,
                   {{"type", type_},
                    {"host", host_},
                    {"agreeing", std::to_string(most)},
                    {"asked", std::to_string(given.size())}});
    c.where = host_ + " " + type_;
    c.before = fmt::format("{}", fmt::join(state_.known, "\n"));
    c.after = fmt::format("{}", fmt::join(agreed, "\n"));
    out_.events.push_back(std::move(c));
    for (const auto& network : networks) remember(state_.known, network);
    state_.pending.clear();
  }

  void strays(const Answers& given) {
    for (const auto* a : given) {
      bool alone = std::ranges::none_of(a->values, [&](const std::string& v) { return known(v); });
      bool others_known = std::ranges::any_of(given, [&](const DnsAnswer* b) {
        return b != a && std::ranges::any_of(b->values, [&](const std::string& v) { return known(v); });
      });
      if (!alone || !others_known) {
        state_.strays.erase(a->resolver);
        continue;
      }
      int rounds = ++state_.strays[a->resolver];
      if (rounds < kStrayRounds) continue;
      auto c = about(
          "dns_disagree", Severity::kMedium, 60,
          {{"host", host_}, {"resolver", a->resolver}, {"type", type_}, {"rounds", std::to_string(rounds)}});
      c.where = host_ + " " + type_ + " " + a->resolver;
      c.before = fmt::format("{}", fmt::join(state_.known, "\n"));
      c.after = fmt::format("{}", fmt::join(a->values, "\n"));
      out_.conditions.push_back(std::move(c));
    }
  }

  DnsRecordState& state_;
  const std::string& type_;
  const std::string& host_;
  const bool window_;
  DnsRound& out_;
};

json::array shown(const std::vector<DnsAnswer>& answers) {
  std::map<std::string, std::pair<std::set<std::string>, json::array>> types;
  for (const auto& a : answers) {
    auto& [values, resolvers] = types[a.type];
    values.insert(a.values.begin(), a.values.end());
    json::object one{{"resolver", a.resolver}};
    if (a.error.empty()) {
      one["values"] = json_texts(a.values);
    } else {
      one["error"] = a.error;
    }
    resolvers.emplace_back(std::move(one));
  }
  json::array out;
  for (auto& [type, both] : types) {
    out.emplace_back(json::object{{"type", type},
                                  {"values", json_texts({both.first.begin(), both.first.end()})},
                                  {"resolvers", std::move(both.second)}});
  }
  return out;
}

}  // namespace

DnsRound see_dns(DnsState& state, std::vector<DnsAnswer> answers, const std::string& host, bool window) {
  DnsRound out;
  std::map<std::string, Answers> by_type;
  std::map<std::string, bool> answered;
  for (auto& a : answers) {
    if (a.values.size() > kValuesMax) a.values.resize(kValuesMax);
    std::ranges::sort(a.values);
    by_type[a.type].push_back(&a);
    answered[a.resolver] = answered[a.resolver] || a.error.empty();
  }
  for (const auto& [resolver, works] : answered) {
    ++out.asked;
    out.failing += !works;
  }
  for (const auto& [type, given] : by_type) {
    std::string name = type == "MX" ? net::registrable_domain(host) : host;
    Round(state.records[type], type, name, window, out).see(given);
  }
  state.last = std::move(answers);
  return out;
}

std::string dns_to_json(const DnsState& state) {
  json::object records;
  for (const auto& [type, r] : state.records) {
    json::object strays;
    for (const auto& [resolver, rounds] : r.strays) strays[resolver] = rounds;
    records[type] = json::object{{"known", json_texts(r.known)},
                                 {"rounds", r.rounds},
                                 {"new", r.new_in_learning},
                                 {"pending", json_texts(r.pending)},
                                 {"strays", std::move(strays)}};
  }
  return json::serialize(
      json::object{{"show", json::object{{"records", shown(state.last)}}}, {"state", std::move(records)}});
}

DnsState dns_from_json(std::string_view text) {
  DnsState out;
  read_part(text, [&](const JsonReader& part) {
    part.object("state", [&](const JsonReader& state) {
      state.objects([&](std::string_view type, const JsonReader& record) {
        auto& r = out.records[std::string(type)];
        record.get("known", r.known);
        record.get("rounds", r.rounds);
        record.get("new", r.new_in_learning);
        record.get("pending", r.pending);
        record.object("strays", [&](const JsonReader& strays) {
          strays.integers([&](std::string_view resolver, std::int64_t rounds) {
            r.strays[std::string(resolver)] = static_cast<int>(rounds);
          });
        });
      });
    });
  });
  return out;
}

}  // namespace vedette::sites
