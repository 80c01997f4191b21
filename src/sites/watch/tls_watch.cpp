#include "sites/watch/tls_watch.h"

#include <fmt/format.h>

#include <algorithm>

namespace vedette::sites {
namespace {

using std::chrono::days;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

Condition about(std::string kind, Severity severity, int confidence, const Asset& asset,
                std::map<std::string, std::string> arguments) {
  Condition c;
  arguments["site"] = asset.name;
  c.title = {"sites." + kind, arguments};
  c.reason = {"sites." + kind + ".reason", arguments};
  c.next_step = {"sites." + kind + ".next", arguments};
  c.kind = std::move(kind);
  c.severity = severity;
  c.confidence = confidence;
  return c;
}

std::string day_of(WallTime time) { return to_rfc3339(time).substr(0, 10); }

std::optional<Condition> expiry(const net::PeerCertificate& leaf, const Asset& asset, WallTime now) {
  auto left = std::chrono::floor<days>(leaf.not_after - now).count();
  // A certificate of a few days is renewed late by design: warn within the last third of its life only.
  auto life = leaf.not_after - leaf.not_before;
  if (left > 30 || (leaf.not_after - now) * 3 > life) return std::nullopt;
  Severity severity = left > 14   ? Severity::kLow
                      : left > 7  ? Severity::kMedium
                      : left >= 1 ? Severity::kHigh
                                  : Severity::kCritical;
  auto c = about(
      "tls_expiring", severity, 100, asset,
      {{"days", std::to_string(std::max<std::int64_t>(left, 0))}, {"not_after", day_of(leaf.not_after)}});
  c.where = "certificate";  // without its hash: the steps to 14, 7 and 1 days are one condition growing worse
  c.after = "notAfter " + to_rfc3339(leaf.not_after);
  return c;
}

void remember(std::vector<std::string>& known, const std::string& value) {
  std::erase(known, value);
  known.push_back(value);
  if (known.size() > 4) known.erase(known.begin());
}

}  // namespace

bool name_matches(const std::vector<std::string>& names, std::string_view host) {
  std::string wanted = lower(host);
  if (wanted.size() > 2 && wanted.front() == '[') wanted = wanted.substr(1, wanted.size() - 2);
  for (const auto& raw : names) {
    std::string name = lower(raw);
    if (name == wanted) return true;
    if (name.starts_with("*.")) {
      auto dot = wanted.find('.');
      if (dot != std::string::npos && dot > 0 && wanted.substr(dot) == name.substr(1)) return true;
    }
  }
  return false;
}

TlsAnswer see_certificate(TlsState& state, const net::PeerCertificate& leaf, const Asset& asset, WallTime now,
                          bool learning) {
  TlsAnswer out;
  state.refused = 0;
  if (auto c = expiry(leaf, asset, now)) out.conditions.push_back(std::move(*c));
  bool key_known = std::ranges::find(state.keys, leaf.key_sha256) != state.keys.end();
  bool issuer_known = std::ranges::find(state.issuers, leaf.issuer) != state.issuers.end();
  if (!learning && !state.keys.empty() && (!key_known || !issuer_known)) {
    auto life = state.not_after - state.not_before;
    auto window = std::max<WallTime::duration>(days(30), life / 3);
    bool renewal = state.not_after - now <= window;
    if (!issuer_known || !renewal) {
      auto severity = !issuer_known && !renewal ? Severity::kHigh
                      : !issuer_known           ? Severity::kLow
                                                : Severity::kMedium;
      auto c =
          about(issuer_known ? "tls_key_changed" : "tls_issuer_changed", severity, renewal ? 40 : 70, asset,
                {{"old", state.issuers.empty() ? "" : state.issuers.back()},
                 {"new", leaf.issuer},
                 {"not_after", day_of(state.not_after)}});
      c.where = "certificate " + leaf.sha256;
      c.before = fmt::format("issuer {}\nSPKI SHA-256 {}\nnotAfter {}",
                             state.issuers.empty() ? "" : state.issuers.back(), state.keys.back(),
                             to_rfc3339(state.not_after));
      c.after = fmt::format("issuer {}\nSPKI SHA-256 {}\nnotAfter {}", leaf.issuer, leaf.key_sha256,
                            to_rfc3339(leaf.not_after));
      c.attack = {"T1557"};  // Adversary-in-the-Middle
      out.events.push_back(std::move(c));
    }
  }
  if (!key_known || state.keys.back() != leaf.key_sha256) remember(state.keys, leaf.key_sha256);
  if (!issuer_known || state.issuers.back() != leaf.issuer) remember(state.issuers, leaf.issuer);
  state.not_before = leaf.not_before;
  state.not_after = leaf.not_after;
  return out;
}

std::vector<Condition> refused_certificate(const net::PeerCertificate* leaf, std::string_view host,
                                           std::string_view detail, const Asset& asset, WallTime now) {
  std::string kind = "tls_untrusted";
  std::map<std::string, std::string> arguments{{"host", std::string(host)},
                                               {"detail", cut_text(detail, 300)}};
  if (leaf != nullptr) {
    arguments["not_after"] = day_of(leaf->not_after);
    arguments["names"] = cut_text(fmt::format("{}", fmt::join(leaf->names, ", ")), 300);
    if (leaf->not_after < now) {
      kind = "tls_expired";
    } else if (!name_matches(leaf->names, host)) {
      kind = "tls_wrong_name";
    }
  }
  auto c = about(std::move(kind), Severity::kHigh, leaf != nullptr ? 95 : 70, asset, std::move(arguments));
  c.where = "certificate";
  if (leaf != nullptr) {
    c.after = fmt::format("subject {}\nissuer {}\nnotAfter {}\nSHA-256 {}", leaf->subject, leaf->issuer,
                          to_rfc3339(leaf->not_after), leaf->sha256);
  }
  std::vector<Condition> out;
  out.push_back(std::move(c));
  return out;
}

}  // namespace vedette::sites
