#include "desk/intake/intake_mailbox.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>

#include "base/text/control.h"
#include "desk/clocks/toml_fields.h"
#include "desk/clocks/toml_files.h"

namespace vedette::desk {
namespace {

constexpr std::array<std::string_view, 2> kIntakeKinds{"directives", "advisories"};
constexpr std::array<std::string_view, 2> kTlsWords{"implicit", "starttls"};

std::string ascii_lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return text;
}

bool is_sender(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at + 1 < text.size() && !has_control(text) &&
         text.find(' ') == std::string_view::npos && text.find('@', at + 1) == std::string_view::npos;
}

// The password stands alone in a file of its own, so that the settings can be read by others.
Result<Secret> password_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(IntakeMailboxLimits::kPasswordBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty() || has_control(text))
    return fail(ErrorCode::kInvalid,
                "names no file with a password on one line that Vedette's user may read");
  return Secret(std::move(text));
}

void read_server(TomlFields& fields, net::ImapOptions& imap) {
  imap.host = fields.text("host");
  if (imap.host.find_first_of("/@ ?#[]") != std::string::npos)
    fields.refuse("host", "is no host; write e.g. \"mail.example.org\"");
  imap.start_tls = fields.has("tls") && fields.word("tls", kTlsWords) == 1;
  imap.port = imap.start_tls ? 143 : 993;
  if (fields.has("port")) imap.port = static_cast<std::uint16_t>(fields.number("port", 1, 65'535));
  imap.user = fields.text("user");
  const auto path = fields.text("password_file");
  if (auto password = password_of(path)) {
    imap.password = *std::move(password);
  } else {
    fields.refuse("password_file", password.error().message());
  }
  if (fields.has("folder")) imap.folder = fields.text("folder");
  if (!net::is_imap_folder_name(imap.folder))
    fields.refuse("folder", "is no folder; write its name in ASCII, as the mail server shows it");
  if (fields.has("ca_file")) imap.ca_file = fields.text("ca_file");
}

}  // namespace

std::string_view to_string(IntakeKind kind) { return kIntakeKinds[static_cast<std::size_t>(kind)]; }

bool lets_in(const IntakeMailbox& mailbox, std::string_view sender) {
  return std::ranges::any_of(mailbox.senders, [&](std::string_view one) {
    return one.starts_with('@') ? sender.ends_with(one) : sender == one;
  });
}

Result<IntakeMailbox> parse_intake_mailbox(std::string_view toml, std::string_view file) {
  TRY_ASSIGN(auto root, read_toml(toml, file));
  TomlFields fields(root, file);
  IntakeMailbox out;
  out.id = fields.id("id");
  out.kind = static_cast<IntakeKind>(fields.word("kind", kIntakeKinds));
  read_server(fields, out.imap);
  out.authority = fields.text("authority");
  if (out.authority.size() > 200 || has_control(out.authority))
    fields.refuse("authority", "must be one line of at most 200 bytes");
  for (auto& one : fields.texts("senders", IntakeMailboxLimits::kSenders)) {
    if (!is_sender(one))
      fields.refuse("senders", "holds no address; write \"van.thu@a05.example\" or \"@a05.example\"");
    out.senders.push_back(ascii_lower(one));
  }
  if (out.senders.empty()) fields.refuse("senders", "must name who may write here");
  if (fields.has("mail_server")) out.mail_server = fields.text("mail_server");
  if (fields.has("interval_seconds"))
    out.interval = std::chrono::seconds(fields.number("interval_seconds", 1, 3'600));
  TRY(fields.finish());
  return out;
}

Result<std::vector<IntakeMailbox>> load_intake_mailboxes(const std::filesystem::path& folder) {
  std::vector<IntakeMailbox> out;
  std::vector<std::string> refusals;
  TRY_ASSIGN(auto files, toml_files(folder));
  for (const auto& path : files) {
    auto bytes = bytes_of_toml_file(path);
    auto one = bytes ? parse_intake_mailbox(*bytes, path.string())
                     : Result<IntakeMailbox>(std::unexpected(bytes.error()));
    if (!one) {
      refusals.push_back(one.error().full());
    } else if (std::ranges::find(out, one->id, &IntakeMailbox::id) != out.end()) {
      refusals.push_back(fmt::format("{}: id: {} is the id of two mailboxes", path.string(), one->id));
    } else {
      out.push_back(*std::move(one));
    }
  }
  if (out.size() > IntakeMailboxLimits::kMailboxes)
    refusals.push_back(
        fmt::format("{}: has more than {} mailboxes", folder.string(), IntakeMailboxLimits::kMailboxes));
  if (!refusals.empty()) return fail(ErrorCode::kInvalid, fmt::format("{}", fmt::join(refusals, "\n")));
  return out;
}

}  // namespace vedette::desk
