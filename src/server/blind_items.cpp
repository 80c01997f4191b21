#include "server/blind_items.h"

#include <fmt/format.h>

#include "model/refusal.h"
#include "server/hosts/agents.h"
#include "server/logs/log_service.h"

namespace vedette::server {
namespace {

constexpr std::size_t kEach = desk::HandoverLimits::kItemsOfKind + 1;

desk::TwoLanguages said(const Message& message) {
  return {render(message, Language::kVietnamese), render(message, Language::kEnglish)};
}

desk::HandoverItem seen_by(std::string_view watch, const Message& what, const Message& reason) {
  const auto name = said({fmt::format("server.handover.{}", watch), {}});
  const auto text = said(what);
  return {.kind = "blind",
          .title = {name.vi + ": " + text.vi, name.en + ": " + text.en},
          .detail = reason.key.empty() ? desk::TwoLanguages{} : said(reason)};
}

desk::HandoverItem unread(std::string_view watch, const Error& error) {
  auto item = seen_by(watch, {"server.handover.unread", {}}, {});
  item.detail = {said_in(error, Language::kVietnamese), said_in(error, Language::kEnglish)};
  return item;
}

void add_sites(const BlindSpots& of, std::vector<desk::HandoverItem>& out) {
  for (const auto& sight : of.sites.sights()) {
    if (!sight.ok)
      out.push_back(seen_by("sites", {sight.what, sight.arguments}, {sight.reason, sight.arguments}));
  }
  for (const char* state : {"blind", "unavailable"}) {
    auto listed = of.sites.list({"", state, "", {"", kEach}});
    if (!listed) {
      out.push_back(unread("sites", listed.error()));
      continue;
    }
    for (const auto& site : listed->items) {
      const auto& name = site.config.name.empty() ? site.config.url : site.config.name;
      out.push_back({.kind = "blind",
                     .id = site.id,
                     .title = said({fmt::format("server.handover.site_{}", state), {{"site", name}}}),
                     .detail = site.last_error_message.key.empty() ? desk::TwoLanguages{}
                                                                   : said(site.last_error_message)});
    }
  }
}

void add_logs(const BlindSpots& of, std::vector<desk::HandoverItem>& out) {
  if (!of.logs) return;
  for (const auto& sight : of.logs->sights()) {
    if (!sight.ok) out.push_back(seen_by("logs", sight.what, sight.reason));
  }
  const auto now = of.clock.wall();
  for (const auto& one : of.logs->watch().status().senders) {
    if (now - one.last_at > of.logs->silent_after())
      out.push_back({.kind = "blind",
                     .title = said({"desk.handover.silent", {{"source", one.sender.name}}}),
                     .at = one.last_at});
  }
}

void add_hosts(const BlindSpots& of, std::vector<desk::HandoverItem>& out) {
  if (!of.agents) return;
  auto listed = of.agents->hosts().list({.state = "silent", .limit = kEach});
  if (!listed) {
    out.push_back(unread("hosts", listed.error()));
    return;
  }
  for (const auto& host : listed->items)
    out.push_back({.kind = "blind",
                   .id = host.id,
                   .title = said({"desk.handover.host_silent", {{"host", host.name()}}}),
                   .at = host.last_seen_at});
}

}  // namespace

std::vector<desk::HandoverItem> blind_items(const BlindSpots& of) {
  std::vector<desk::HandoverItem> out;
  add_sites(of, out);
  add_logs(of, out);
  add_hosts(of, out);
  return out;
}

}  // namespace vedette::server
