#include "logs/read/field_list.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/assert.h"

namespace vedette::logs {
namespace {

constexpr std::size_t kBlockBytes = 16 * 1024;

struct SideNames {
  std::string_view side, address, ip, domain;
};
constexpr std::array<SideNames, 5> kSides = {{
    {"source", "source.address", "source.ip", "source.domain"},
    {"destination", "destination.address", "destination.ip", "destination.domain"},
    {"client", "client.address", "client.ip", "client.domain"},
    {"server", "server.address", "server.ip", "server.domain"},
    {"host", "host.address", "host.ip", "host.domain"},
}};

}  // namespace

void FieldList::clear() {
  fields_.clear();
  // One large event must not hold its memory for ever.
  std::erase_if(blocks_, [](const Block& block) { return block.size > kBlockBytes; });
  if (blocks_.size() > 8) blocks_.resize(8);
  block_ = used_ = kept_ = 0;
  cut_ = false;
}

void FieldList::push(Field field) {
  if (fields_.size() >= kEventFieldsMax) {
    cut_ = true;
    return;
  }
  fields_.push_back(field);
}

void FieldList::add(std::string_view name, std::string_view value, ValueKind kind) {
  if (!value.empty()) push({name, value, kind, false});
}

void FieldList::add_number(std::string_view name, std::int64_t value) {
  std::array<char, 24> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  add(name, keep({text.data(), static_cast<std::size_t>(end - text.data())}), ValueKind::kNumber);
}

void FieldList::add_address(std::string_view side, std::string_view address) {
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  // The interface a link-local address was seen on ("fe80::1%eth0") is no part of it.
  if (const auto scope = address.find('%');
      scope != std::string_view::npos && is_ip_address(address.substr(0, scope))) {
    address = address.substr(0, scope);
  }
  constexpr std::string_view kMapped = "::ffff:";
  if (address.size() > kMapped.size() &&
      std::equal(kMapped.begin(), kMapped.end(), address.begin(),
                 [](char a, char b) { return a == (b >= 'A' && b <= 'F' ? b + 32 : b); }) &&
      address.find('.') != std::string_view::npos && is_ip_address(address.substr(kMapped.size()))) {
    address = address.substr(kMapped.size());
  }
  const auto names =
      std::find_if(kSides.begin(), kSides.end(), [&](const SideNames& s) { return s.side == side; });
  VEDETTE_ASSERT(names != kSides.end());
  add(names->address, address);
  add(is_ip_address(address) ? names->ip : names->domain, address);
}

char* FieldList::room(std::size_t size) {
  if (size > kKeptBytesMax - kept_) {
    cut_ = true;
    return nullptr;
  }
  kept_ += size;
  if (size > kBlockBytes) {
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    return blocks_.back().bytes.get();
  }
  while (block_ < blocks_.size() && (blocks_[block_].size > kBlockBytes || used_ + size > kBlockBytes)) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size())
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(kBlockBytes), kBlockBytes});
  char* place = blocks_[block_].bytes.get() + used_;
  used_ += size;
  return place;
}

std::string_view FieldList::keep(std::string_view bytes) {
  if (bytes.empty()) return {};
  const std::size_t size = std::min(bytes.size(), kKeptBytesMax - kept_);
  if (size < bytes.size()) cut_ = true;
  if (size == 0) return {};
  char* place = room(size);
  std::memcpy(place, bytes.data(), size);
  return {place, size};
}

std::optional<std::string_view> FieldList::value(std::string_view name) const {
  for (const Field& field : fields_) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

bool is_ip_address(std::string_view text) {
  if (text.size() < 2 || text.size() > 45) return false;
  std::array<char, 46> buffer{};
  std::copy(text.begin(), text.end(), buffer.begin());
  unsigned char out[16];
  const bool six = text.find(':') != std::string_view::npos;
  return inet_pton(six ? AF_INET6 : AF_INET, buffer.data(), out) == 1;
}

std::optional<std::int64_t> parse_count(std::string_view text) {
  std::int64_t value = 0;
  if (text.empty() || text[0] == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace vedette::logs
