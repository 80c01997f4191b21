#include "desk/roster/icalendar.h"

#include "base/hash.h"
#include "base/id.h"
#include "desk/roster/roster_store.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;
constexpr auto kBefore = hours(24 * 30);
constexpr auto kAfter = hours(24 * 180);
constexpr std::int64_t kFeedsMax = 500;
constexpr std::size_t kLineBytes = 75;

std::string stamp(WallTime time) {
  auto text = to_rfc3339(time);  // 2026-01-02T03:04:05.678Z
  std::string out;
  for (char c : text.substr(0, 19)) {
    if (c != '-' && c != ':') out += c;
  }
  return out + "Z";
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\' || c == ';' || c == ',') out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)
      out += c;
  }
  return out;
}

void add_line(std::string& out, std::string_view line) {
  std::size_t room = kLineBytes;
  while (line.size() > room) {
    auto cut = room;
    while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) --cut;
    out.append(line.substr(0, cut)).append("\r\n ");
    line.remove_prefix(cut);
    room = kLineBytes - 1;  // the space that begins the line
  }
  out.append(line).append("\r\n");
}

Rosters::Feed feed_from(const store::Row& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3), from_unix_ms(row.integer(4))};
}
constexpr std::string_view kFeedColumns = "id, roster_id, person, made_by, created_at";

}  // namespace

std::string icalendar(const std::string& name, const std::vector<CalendarEntry>& entries, WallTime now) {
  std::string out;
  for (std::string_view line : {"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Vedette//Roster//EN",
                                "CALSCALE:GREGORIAN", "METHOD:PUBLISH"})
    add_line(out, line);
  add_line(out, "NAME:" + escaped(name));  // RFC 7986; X-WR-CALNAME for those who do not know it
  add_line(out, "X-WR-CALNAME:" + escaped(name));
  add_line(out, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
  for (const auto& entry : entries) {
    add_line(out, "BEGIN:VEVENT");
    add_line(out, "UID:" + entry.uid);
    add_line(out, "DTSTAMP:" + stamp(now));
    add_line(out, "DTSTART:" + stamp(entry.from));
    add_line(out, "DTEND:" + stamp(entry.to));
    add_line(out, "SUMMARY:" + escaped(entry.summary));
    add_line(out, "TRANSP:OPAQUE");
    add_line(out, "END:VEVENT");
  }
  add_line(out, "END:VCALENDAR");
  return out;
}

Result<std::vector<Rosters::Feed>> Rosters::feeds(const std::string& roster_id) {
  std::vector<Feed> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_roster(session, roster_id));
    TRY_ASSIGN(auto rows,
               session.query(
                   fmt::format("SELECT {} FROM roster_feeds WHERE roster_id = ? ORDER BY id", kFeedColumns),
                   {roster_id}));
    for (const auto& row : rows) out.push_back(feed_from(row));
    return {};
  }));
  return out;
}

Result<std::pair<Rosters::Feed, std::string>> Rosters::add_feed(const Feed& feed) {
  auto made = feed;
  auto token = random_token();
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(load_roster(session, made.roster_id));
    if (!made.person.empty()) TRY(load_person(session, made.person));
    TRY_ASSIGN(auto count, session.query("SELECT COUNT(*) FROM roster_feeds"));
    if (count[0].integer(0) >= kFeedsMax)
      return refuse(ErrorCode::kLimit, "roster.feeds", {{"most", std::to_string(kFeedsMax)}});
    made.id = new_id(clock_);
    made.created_at = clock_.wall();
    TRY(session.execute(
        fmt::format("INSERT INTO roster_feeds({}, token_hash) VALUES (?,?,?,?,?,?)", kFeedColumns),
        {made.id, made.roster_id, made.person, made.made_by, to_unix_ms(made.created_at),
         sha256_hex(token)}));
    return append_audit(session, clock_.wall(), made.made_by, "feed.added", "roster/" + made.roster_id,
                        fmt::format(R"({{"feed":"{}"}})", made.id));
  }));
  return std::pair(std::move(made), std::move(token));
}

Result<void> Rosters::remove_feed(const std::string& id, const std::string& by) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto removed, session.execute("DELETE FROM roster_feeds WHERE id = ?", {id}));
    if (removed == 0) return refuse(ErrorCode::kNotFound, "roster.no_feed");
    return append_audit(session, clock_.wall(), by, "feed.removed", "feed/" + id, "{}");
  });
}

Result<std::string> Rosters::calendar(const std::string& token) {
  std::string out;
  auto now = clock_.wall();
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query(fmt::format("SELECT {} FROM roster_feeds WHERE token_hash = ?", kFeedColumns),
                             {sha256_hex(token)}));
    if (rows.empty()) return refuse(ErrorCode::kNotFound, "roster.no_feed");
    auto feed = feed_from(rows[0]);
    TRY_ASSIGN(auto roster, load_roster(session, feed.roster_id));
    TRY_ASSIGN(auto people, load_people(session));
    TRY_ASSIGN(auto tiers, computed(session, roster, now - kBefore, now + kAfter));
    std::vector<CalendarEntry> entries;
    for (const auto& tier : tiers) {
      for (const auto& shift : tier.shifts) {
        if (shift.from == now - kBefore) continue;  // cut off: it would be another entry each time
        if (shift.person.empty() || (!feed.person.empty() && shift.person != feed.person)) continue;
        auto person = std::ranges::find(people, shift.person, &Person::id);
        auto uid = sha256_hex(
            fmt::format("{} {} {} {}", roster.id, tier.tier, shift.person, to_unix_ms(shift.from)));
        entries.push_back({uid.substr(0, 32) + "@vedette", shift.from, shift.to,
                           fmt::format("{}: {}", tier.tier_name.empty() ? tier.tier : tier.tier_name,
                                       person == people.end() ? shift.person : person->name)});
      }
    }
    out = icalendar(roster.name, entries, now);
    return {};
  }));
  return out;
}

}  // namespace vedette::desk
