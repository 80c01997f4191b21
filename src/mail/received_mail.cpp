#include "mail/received_mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/text/utf8.h"
#include "mail/mime_library.h"

namespace vedette::mail {
namespace {

using Most = MailLimits;

struct Unref {
  const MimeLibrary* mime;
  void operator()(void* object) const { mime->unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

// At most so many bytes of whole characters, on one line unless `lines`.
std::string plain(const char* raw, std::size_t most, bool lines = false) {
  if (!raw) return {};
  std::string_view text(raw);
  auto out = repair_utf8(text.substr(0, most));
  if (lines) std::erase(out, '\r');
  std::ranges::replace_if(
      out, [&](unsigned char c) { return c == 0x7f || (c < 0x20 && !(lines && (c == '\n' || c == '\t'))); },
      ' ');
  out.resize(valid_utf8_prefix(std::string_view(out).substr(0, most)));
  return out;
}

// No path, and nothing that is hidden: "../../a.pdf" is "a.pdf".
std::string base_name(const char* raw, std::size_t place) {
  auto name = plain(raw, 4'096);
  if (const auto slash = name.find_last_of("/\\"); slash != std::string::npos) name.erase(0, slash + 1);
  const auto begin = name.find_first_not_of(". ");
  name = begin == std::string::npos ? std::string() : name.substr(begin);
  if (name.size() > Most::kNameBytes) {
    // The end tells what it is.
    auto from = name.size() - Most::kNameBytes;
    while (from < name.size() && (static_cast<unsigned char>(name[from]) & 0xc0) == 0x80) ++from;
    name.erase(0, from);
  }
  return name.empty() ? fmt::format("part {}", place) : name;
}

struct Walk {
  const MimeLibrary* mime;
  ReceivedMail* out;
  std::size_t parts = 0;
  bool has_text = false;
};

bool is_a(const MimeLibrary& mime, void* object, GType type) {
  return mime.is_a(static_cast<GTypeInstance*>(object), type) != FALSE;
}

std::string type_of(const MimeLibrary& mime, GMimeObject* object) {
  auto* type = mime.content_type(object);
  if (!type) return "application/octet-stream";
  char* text = mime.type_text(type);
  auto out = plain(text, 100);
  mime.free(text);
  return out;
}

std::string content_of(const MimeLibrary& mime, GMimePart* part) {
  auto* content = mime.content(part);
  if (!content) return {};
  const Owned<GMimeStream> to(mime.stream_new(), {&mime});
  if (mime.write_content(content, to.get()) < 0) return {};
  const auto* bytes = mime.stream_bytes(reinterpret_cast<GMimeStreamMem*>(to.get()));
  return bytes ? std::string(reinterpret_cast<const char*>(bytes->data), bytes->len) : std::string();
}

bool take_text(Walk& walk, GMimeObject* object, const std::string& type) {
  const auto& mime = *walk.mime;
  auto* part = reinterpret_cast<GMimePart*>(object);
  if (walk.has_text || type != "text/plain" || mime.is_attachment(part) ||
      !is_a(mime, object, mime.text_part_type()))
    return false;
  char* text = mime.text(reinterpret_cast<GMimeTextPart*>(object));
  if (!text) return false;
  walk.out->cut = walk.out->cut || std::string_view(text).size() > Most::kTextBytes;
  walk.out->text = plain(text, Most::kTextBytes, true);
  mime.free(text);
  walk.has_text = true;
  return true;
}

void take_part(GMimeObject*, GMimeObject* object, gpointer data) {
  auto& walk = *static_cast<Walk*>(data);
  const auto& mime = *walk.mime;
  if (is_a(mime, object, mime.multipart_type())) return;  // its parts come by themselves
  ++walk.parts;
  const bool full = walk.out->files.size() >= Most::kFiles || walk.parts > Most::kParts;
  if (full || !is_a(mime, object, mime.part_type())) {
    walk.out->cut = true;
    return;
  }
  const auto type = type_of(mime, object);
  if (take_text(walk, object, type)) return;
  auto* part = reinterpret_cast<GMimePart*>(object);
  MailFile file{.name = base_name(mime.file_name(part), walk.parts), .type = type};
  file.bytes = content_of(mime, part);
  if (!file.bytes.empty()) walk.out->files.push_back(std::move(file));
}

void read_sender(const MimeLibrary& mime, GMimeMessage* message, ReceivedMail& out) {
  auto* from = mime.from(message);
  if (!from || mime.address_count(from) != 1) return;
  auto* address = mime.address_at(from, 0);
  if (!address || !is_a(mime, address, mime.mailbox_type())) return;
  out.sender = plain(mime.address_text(reinterpret_cast<InternetAddressMailbox*>(address)), Most::kNameBytes);
  std::ranges::transform(out.sender, out.sender.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  out.sender_name = plain(mime.address_name(address), Most::kNameBytes);
}

void read_results(const MimeLibrary& mime, GMimeMessage* message, ReceivedMail& out) {
  auto* headers = mime.headers(reinterpret_cast<GMimeObject*>(message));
  const int count = headers ? mime.header_count(headers) : 0;
  for (int i = 0; i < count && out.authentication_results.size() < Most::kResults; ++i) {
    auto* header = mime.header_at(headers, i);
    auto name = plain(mime.header_name(header), 100);
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (name == "authentication-results")
      out.authentication_results.push_back(plain(mime.header_value(header), Most::kResultBytes));
  }
}

// Multiparts nest as deep as their sender likes, and GMime goes down by recursion. Each needs a boundary.
bool too_deep(std::string_view bytes) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = bytes.find('=', at)) != std::string_view::npos; ++at) {
    constexpr std::string_view kWord = "boundary";
    auto end = at;
    while (end > 0 && (bytes[end - 1] == ' ' || bytes[end - 1] == '\t' || bytes[end - 1] == '*' ||
                       (bytes[end - 1] >= '0' && bytes[end - 1] <= '9')))
      --end;
    if (end < kWord.size()) continue;
    const auto word = bytes.substr(end - kWord.size(), kWord.size());
    const bool same = std::ranges::equal(word, kWord, [](char a, char b) { return (a | 0x20) == b; });
    if (same && ++found > Most::kNesting) return true;
  }
  return false;
}

}  // namespace

Result<ReceivedMail> read_mail(std::string_view bytes) {
  if (bytes.size() > Most::kBytes)
    return fail(ErrorCode::kLimit, fmt::format("a message has at most {} MiB", Most::kBytes >> 20));
  if (too_deep(bytes))
    return fail(ErrorCode::kLimit, fmt::format("a message has at most {} nested parts", Most::kNesting));
  TRY_ASSIGN(const auto* mime, MimeLibrary::get());
  const Owned<GMimeStream> stream(mime->stream_of(bytes.data(), bytes.size()), {mime});
  const Owned<GMimeParser> parser(mime->parser_new(stream.get()), {mime});
  const Owned<GMimeMessage> message(mime->construct_message(parser.get(), nullptr), {mime});
  if (!message) return fail(ErrorCode::kInvalid, "these bytes are no message");
  ReceivedMail out;
  out.message_id = plain(mime->message_id(message.get()), Most::kNameBytes);
  out.subject = plain(mime->subject(message.get()), Most::kNameBytes);
  read_sender(*mime, message.get(), out);
  read_results(*mime, message.get(), out);
  Walk walk{mime, &out};
  mime->each_part(message.get(), take_part, &walk);
  return out;
}

}  // namespace vedette::mail
