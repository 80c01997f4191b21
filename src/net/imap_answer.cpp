// What an IMAP server answers to EXAMINE and to UID FETCH (UID RFC822.SIZE INTERNALDATE).
#include <algorithm>
#include <array>
#include <charconv>

#include "net/imap.h"

namespace vedette::net {
namespace {

template <class Number>
std::optional<Number> number_after(std::string_view line, std::string_view word) {
  const auto at = line.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  const auto digits = line.substr(at + word.size());
  Number out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (error != std::errc() || end == digits.data()) return std::nullopt;
  return out;
}

template <class Each>
void each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int out = -1;
  const auto part = text.substr(at, digits);
  const auto begin = part.find_first_not_of(' ');
  if (begin == std::string_view::npos) return -1;
  const auto* last = part.data() + part.size();
  const auto [end, error] = std::from_chars(part.data() + begin, last, out);
  return error == std::errc() && end == last ? out : -1;
}

// "17-Jul-1996 02:44:25 -0700"
std::optional<WallTime> internal_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 26 || text[2] != '-' || text[6] != '-' || text[14] != ':' || text[17] != ':')
    return std::nullopt;
  const auto month = std::ranges::find(kMonths, text.substr(3, 3));
  const int day = number_at(text, 0, 2), year = number_at(text, 7, 4), hour = number_at(text, 12, 2),
            minute = number_at(text, 15, 2), second = number_at(text, 18, 2),
            zone_hour = number_at(text, 22, 2), zone_minute = number_at(text, 24, 2);
  if (month == kMonths.end() || (text[21] != '+' && text[21] != '-') || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60 || zone_hour < 0 || zone_hour > 14 || zone_minute < 0 ||
      zone_minute > 59 || year < 1970 || year > 2200)
    return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(std::max(day, 0)))};
  if (!date.ok()) return std::nullopt;
  const auto zone = std::chrono::hours(zone_hour) + std::chrono::minutes(zone_minute);
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) - (text[21] == '+' ? zone : -zone);
}

}  // namespace

std::optional<ImapFolderState> parse_imap_state(std::string_view answer) {
  ImapFolderState out;
  each_line(answer, [&](std::string_view line) {
    if (!line.starts_with("* OK [")) return;
    if (auto number = number_after<std::uint32_t>(line, "[UIDVALIDITY ")) out.uid_validity = *number;
    if (auto number = number_after<std::uint32_t>(line, "[UIDNEXT ")) out.uid_next = *number;
  });
  if (out.uid_validity == 0 || out.uid_next == 0) return std::nullopt;
  return out;
}

std::vector<ImapMessage> parse_imap_list(std::string_view answer) {
  std::vector<ImapMessage> out;
  each_line(answer, [&](std::string_view line) {
    if (!line.starts_with("* ") || line.find(" FETCH (") == std::string_view::npos) return;
    auto uid = number_after<std::uint32_t>(line, "(UID ");
    if (!uid) uid = number_after<std::uint32_t>(line, " UID ");
    auto bytes = number_after<std::uint64_t>(line, "RFC822.SIZE ");
    if (!uid || *uid == 0 || !bytes) return;
    ImapMessage one{*uid, *bytes, {}};
    constexpr std::string_view kDate = "INTERNALDATE \"";
    if (const auto at = line.find(kDate); at != std::string_view::npos)
      one.received = internal_date(line.substr(at + kDate.size()).substr(0, 26));
    out.push_back(one);
  });
  // A server may say it twice; what it changed meanwhile comes without being asked.
  std::ranges::stable_sort(out, {}, &ImapMessage::uid);
  const auto twice = std::ranges::unique(out, {}, &ImapMessage::uid);
  out.erase(twice.begin(), twice.end());
  return out;
}

}  // namespace vedette::net
