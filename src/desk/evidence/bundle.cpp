#include "desk/evidence/bundle.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

#include "base/sha256_stream.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

constexpr std::size_t kTarBlock = 512;
constexpr std::string_view kFormat = "vedette-evidence-bundle/1";

void tar_entry(std::string& out, std::string_view name, std::string_view bytes, WallTime at) {
  std::string header(kTarBlock, '\0');
  const auto put = [&](std::size_t place, std::string_view text) {
    header.replace(place, text.size(), text);
  };
  put(0, name);
  put(100, "0000400");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", bytes.size()));
  put(136, fmt::format("{:011o}", std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count()));
  put(148, "        ");
  put(156, "0");
  put(257, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (unsigned char c : header) sum += c;
  put(148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  out += header;
  out += bytes;
  out.append((kTarBlock - bytes.size() % kTarBlock) % kTarBlock, '\0');
}

std::string entry_name(std::size_t index, const EvidenceItem& item) {
  std::string safe;
  for (char c : item.name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
    safe += plain ? c : '_';
    if (safe.size() == 60) break;
  }
  return fmt::format("files/{:04}-{}", index + 1, safe);
}

json::object manifest_item(const EvidenceItem& item, const std::string& path) {
  json::array custody;
  for (const auto& one : item.custody)
    custody.push_back(json::object{
        {"at", to_rfc3339(one.at)}, {"action", one.action}, {"by", one.by}, {"detail", one.detail}});
  return {{"id", item.id},
          {"path", path},
          {"name", item.name},
          {"kind", item.kind},
          {"origin", item.origin},
          {"note", item.note},
          {"tlp", to_string(item.tlp)},
          {"bytes", item.bytes},
          {"sha256", item.sha256},
          {"taken_at", to_rfc3339(item.taken_at)},
          {"taken_by", item.taken_by},
          {"custody", std::move(custody)}};
}

std::unexpected<Error> no_bundle(std::string_view why) {
  return fail(ErrorCode::kInvalid, fmt::format("this is no evidence bundle: {}", why));
}
std::unexpected<Error> not_genuine(std::string_view why) {
  return fail(ErrorCode::kCorrupt, fmt::format("the bundle does not check out: {}", why));
}

// The bytes of a tar file, one after the other.
class TarReader {
 public:
  explicit TarReader(const std::function<Result<std::string>()>& more) : more_(more) {}

  struct Entry {
    std::string name;
    std::uint64_t size = 0;
  };
  // Nothing at the end of the archive.
  Result<std::optional<Entry>> next() {
    TRY_ASSIGN(auto header, take(kTarBlock));
    if (header.find_first_not_of('\0') == std::string::npos) return std::nullopt;
    if (header.substr(257, 5) != "ustar" || header[156] != '0') return no_bundle("it is no plain tar file");
    TRY_ASSIGN(auto sum, octal(std::string_view(header).substr(148, 8)));
    auto blanked = header;
    blanked.replace(148, 8, "        ");
    std::uint64_t counted = 0;
    for (unsigned char c : blanked) counted += c;
    if (counted != sum) return not_genuine("a header of the tar file is damaged");
    Entry out{std::string(header.c_str(), ::strnlen(header.c_str(), 100)), 0};
    TRY_ASSIGN(out.size, octal(std::string_view(header).substr(124, 12)));
    return out;
  }
  // The content of the entry, piece by piece, and past its padding.
  Result<void> content(std::uint64_t size, const std::function<void(std::string_view)>& each) {
    for (auto left = size; left > 0;) {
      if (buffer_.empty()) TRY(refill());
      const auto piece = std::min<std::uint64_t>(left, buffer_.size());
      each(std::string_view(buffer_).substr(0, piece));
      buffer_.erase(0, piece);
      left -= piece;
    }
    TRY(take((kTarBlock - size % kTarBlock) % kTarBlock));
    return {};
  }

 private:
  Result<void> refill() {
    TRY_ASSIGN(buffer_, more_());
    if (buffer_.empty()) return not_genuine("it is cut off");
    return {};
  }
  Result<std::string> take(std::size_t size) {
    std::string out;
    while (out.size() < size) {
      if (buffer_.empty()) TRY(refill());
      const auto piece = std::min(size - out.size(), buffer_.size());
      out.append(buffer_, 0, piece);
      buffer_.erase(0, piece);
    }
    return out;
  }
  static Result<std::uint64_t> octal(std::string_view text) {
    text = text.substr(0, text.find_first_of(std::string_view("\0 ", 2)));
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, 8);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
      return no_bundle("a number in the tar file is none");
    return out;
  }
  const std::function<Result<std::string>()>& more_;
  std::string buffer_;
};

Result<std::string> small_entry(TarReader& tar, std::string_view name, std::uint64_t most) {
  TRY_ASSIGN(auto entry, tar.next());
  if (!entry || entry->name != name) return no_bundle(fmt::format("{} is missing", name));
  if (entry->size > most) return no_bundle(fmt::format("{} is too large", name));
  std::string out;
  TRY(tar.content(entry->size, [&](std::string_view piece) { out += piece; }));
  return out;
}

std::string text_at(const json::object& of, std::string_view key) {
  const auto* value = of.if_contains(key);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

Result<std::string> hash_of_content(TarReader& tar, std::uint64_t size) {
  Sha256Stream hash;
  TRY(tar.content(size, [&](std::string_view piece) { hash.add(piece); }));
  return hash.hex();
}

// Each file that the signed manifest names, in its order, and no other.
Result<void> check_files(TarReader& tar, const json::array& items, VerifiedBundle& out) {
  for (const auto& value : items) {
    const auto* item = value.if_object();
    if (!item) return no_bundle("the manifest is not whole");
    const auto path = text_at(*item, "path"), sha256 = text_at(*item, "sha256");
    TRY_ASSIGN(auto entry, tar.next());
    if (!entry || entry->name != path) return not_genuine(fmt::format("{} is missing", path));
    TRY_ASSIGN(auto found, hash_of_content(tar, entry->size));
    if (found != sha256) return not_genuine(fmt::format("{} was changed: its SHA-256 is {}", path, found));
    out.files.emplace_back(text_at(*item, "name"), sha256);
  }
  TRY_ASSIGN(auto more, tar.next());
  if (more) return not_genuine(fmt::format("{} is not in the manifest", more->name));
  return {};
}

}  // namespace

Result<std::string> write_bundle(const BundleHead& head, const std::vector<EvidenceItem>& items,
                                 const SigningKey& key, const ReadEvidence& read) {
  json::array listed;
  for (std::size_t i = 0; i < items.size(); ++i)
    listed.push_back(manifest_item(items[i], entry_name(i, items[i])));
  const auto manifest = json::serialize(json::object{
      {"format", kFormat},
      {"incident",
       json::object{{"id", head.incident_id}, {"reference", head.reference}, {"title", head.title}}},
      {"exported_at", to_rfc3339(head.exported_at)},
      {"exported_by", head.exported_by},
      {"public_key", key.public_key()},
      {"items", std::move(listed)}});
  std::string out;
  tar_entry(out, "manifest.json", manifest, head.exported_at);
  tar_entry(out, "manifest.sig", key.sign(manifest), head.exported_at);
  for (std::size_t i = 0; i < items.size(); ++i) {
    TRY_ASSIGN(auto bytes, read(items[i]));
    tar_entry(out, entry_name(i, items[i]), bytes, items[i].taken_at);
  }
  out.append(2 * kTarBlock, '\0');
  return out;
}

Result<VerifiedBundle> verify_bundle(const std::function<Result<std::string>()>& more,
                                     const std::string& public_key) {
  TarReader tar(more);
  TRY_ASSIGN(auto manifest, small_entry(tar, "manifest.json", BundleLimits::kManifestBytes));
  TRY_ASSIGN(auto signature, small_entry(tar, "manifest.sig", 1024));
  json::error_code error;
  json::parse_options options;
  options.max_depth = 8;
  const auto value = json::parse(manifest, error, {}, options);
  const auto* root = error ? nullptr : value.if_object();
  if (!root || text_at(*root, "format") != kFormat) return no_bundle("its manifest is not of this form");
  VerifiedBundle out{
      text_at(*root, "public_key"), "", text_at(*root, "exported_at"), text_at(*root, "exported_by"), {}};
  if (!public_key.empty() && public_key != out.public_key)
    return not_genuine(fmt::format("it is signed with the key {}, not with the one given", out.public_key));
  if (!signature_fits(out.public_key, manifest, signature)) return not_genuine("the signature does not fit");
  if (const auto* incident = root->if_contains("incident"); incident && incident->is_object())
    out.reference = text_at(incident->get_object(), "reference");
  const auto* items = root->if_contains("items");
  if (!items || !items->is_array() || items->get_array().size() > BundleLimits::kFiles)
    return no_bundle("the manifest is not whole");
  TRY(check_files(tar, items->get_array(), out));
  return out;
}

}  // namespace vedette::desk
