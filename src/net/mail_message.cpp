#include "net/mail_message.h"

#include <fmt/format.h>

#include "base/text/base64.h"

namespace vedette::net {
namespace {

bool plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Text of a body line by line: canonical CRLF before it is encoded (RFC 2045 §6.8).
std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

std::string date_line(WallTime time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  auto rest = std::chrono::duration_cast<std::chrono::seconds>(time - day).count();
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), rest / 3600, rest / 60 % 60, rest % 60);
}

Result<std::string> mailbox_header(std::string_view text) {
  TRY_ASSIGN(auto address, mail_address(text));
  auto bracket = text.find('<');
  if (bracket == std::string_view::npos) return address;
  auto name = text.substr(0, bracket);
  while (!name.empty() && (name.back() == ' ' || name.back() == '"')) name.remove_suffix(1);
  while (!name.empty() && (name.front() == ' ' || name.front() == '"')) name.remove_prefix(1);
  if (name.empty()) return address;
  std::string shown = encoded_words(name);
  if (plain(name)) {
    std::string quoted = "\"";
    for (char c : name) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    shown = quoted + "\"";
  }
  return shown + " <" + address + ">";
}

}  // namespace

Result<std::string> mail_address(std::string_view text) {
  auto open = text.rfind('<');
  auto address = text;
  if (open != std::string_view::npos && text.ends_with('>')) {
    address = text.substr(open + 1, text.size() - open - 2);
  }
  auto at = address.rfind('@');
  bool right = at != std::string_view::npos && at > 0 && at + 1 < address.size() && address.size() <= 254 &&
               std::none_of(address.begin(), address.end(), [](char c) {
                 return c <= 0x20 || c == 0x7f || c == '<' || c == '>' || c == ',' || c == ';';
               });
  if (!right) {
    return fail(
        ErrorCode::kInvalid,
        fmt::format("\"{}\" is not a mail address; write it like truc@example.vn", text.substr(0, 80)));
  }
  return std::string(address);
}

std::string encoded_words(std::string_view text) {
  if (plain(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    std::size_t take =
        std::min<std::size_t>(39, text.size());  // 64 characters with the frame, beside "Subject: "
    while (take < text.size() && take > 1 && (static_cast<unsigned char>(text[take]) & 0xc0) == 0x80) --take;
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + base64_encode(text.substr(0, take)) + "?=";
    text.remove_prefix(take);
  }
  return out;
}

Result<std::string> write_mail(const Mail& mail, WallTime date) {
  auto breaks = [](std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
  };
  if (breaks(mail.from) || breaks(mail.message_id)) {
    return fail(ErrorCode::kInvalid, "a line break in the sender or the message id");
  }
  TRY_ASSIGN(auto from, mailbox_header(mail.from));
  if (mail.to.empty() || mail.to.size() > 100)
    return fail(ErrorCode::kInvalid, "a mail needs 1 to 100 recipients");
  std::string to;
  for (const auto& recipient : mail.to) {
    if (breaks(recipient)) return fail(ErrorCode::kInvalid, "a line break in a recipient");
    TRY_ASSIGN(auto one, mailbox_header(recipient));
    to += (to.empty() ? "" : ",\r\n ") + one;
  }
  std::string subject = mail.subject.substr(0, 900);
  for (char& c : subject) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';  // the subject quotes foreign text
  }
  std::string out = fmt::format("From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}>\r\n", from,
                                to, encoded_words(subject), date_line(date), mail.message_id);
  for (const auto& [name, value] : mail.headers) {
    if (breaks(name) || breaks(value) || name.find(':') != std::string::npos) {
      return fail(ErrorCode::kInvalid, fmt::format("header {}: a line break or colon is not allowed", name));
    }
    out += fmt::format("{}: {}\r\n", name, encoded_words(value));
  }
  out +=
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
      "base64\r\n\r\n";
  auto body = base64_encode(with_crlf(mail.text));
  for (std::size_t i = 0; i < body.size(); i += 76) {
    out += body.substr(i, 76);
    out += "\r\n";
  }
  return out;
}

}  // namespace vedette::net
