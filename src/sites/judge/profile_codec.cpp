// The binary form of a profile: "VPRF", version, CRC-like check, then fixed fields and the sets in a fixed
// order. parse() is fed whatever lies in the store or a backup: every count is checked against its bound
// before use.
#include <algorithm>

#include "base/assert.h"
#include "sites/judge/bytes.h"
#include "sites/judge/hash32.h"
#include "sites/judge/profile.h"

namespace vedette::sites {
namespace {

constexpr std::string_view kMagic = "VPRF";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 4 + 1 + 4;

template <class Impl, class Visit>
void for_each_set(Impl& impl, Visit visit) {
  for (auto* set : {&impl.blocks, &impl.shingles, &impl.paths, &impl.scripts, &impl.handlers, &impl.assets,
                    &impl.own_links, &impl.link_hosts, &impl.hidden_links, &impl.script_hosts, &impl.titles,
                    &impl.title_words, &impl.names, &impl.words}) {
    visit(*set);
  }
}

bool read_body(std::string_view in, Profile::Impl& impl) {
  std::uint64_t learned = 0, flags = 0, hosts = 0, ignored = 0;
  if (!take(in, 4, learned) || learned > 1'000'000'000 || !take_as(in, 1, impl.weight) ||
      impl.weight > kWeightMax || !take(in, 1, flags) || !take_as(in, 4, impl.body_bytes) ||
      !take_as(in, 4, impl.text_bytes) || !take_text(in, Profile::Impl::kTitleBytesMax, impl.title) ||
      !take_text(in, Profile::Impl::kExcerptBytesMax, impl.opening)) {
    return false;
  }
  impl.learned = static_cast<int>(learned);
  impl.approved = (flags & 1) != 0;
  bool ok = true;
  for_each_set(impl, [&](PresenceSet& set) { ok = ok && set.read(in); });
  if (!ok || !take(in, 2, hosts) || hosts > Profile::Impl::kHostsMax) return false;
  for (std::uint64_t i = 0; i < hosts; ++i) {
    KnownHost known;
    std::uint64_t pinned = 0;
    if (!take_as(in, 2, known.kinds) || !take_as(in, 1, known.seen) || !take(in, 1, pinned) ||
        !take_text(in, 120, known.host) || known.seen > kWeightMax) {
      return false;
    }
    known.pinned = (pinned & 1) != 0;
    if (!impl.hosts.empty() && !(impl.hosts.back().host < known.host)) return false;
    impl.hosts.push_back(std::move(known));
  }
  if (!take(in, 1, ignored) || ignored > Profile::Impl::kIgnoredMax) return false;
  for (std::uint64_t i = 0; i < ignored; ++i) {
    std::uint32_t key = 0;
    if (!take_as(in, 4, key)) return false;
    impl.ignored.push_back(key);
  }
  return in.empty();
}

}  // namespace

std::string Profile::serialize() const {
  std::string body;
  put(body, static_cast<std::uint64_t>(impl_->learned), 4);
  put(body, impl_->weight, 1);
  put(body, impl_->approved ? 1 : 0, 1);
  put(body, impl_->body_bytes, 4);
  put(body, impl_->text_bytes, 4);
  put_text(body, impl_->title, Impl::kTitleBytesMax);
  put_text(body, impl_->opening, Impl::kExcerptBytesMax);
  for_each_set(*impl_, [&](const PresenceSet& set) { set.write(body); });
  put(body, impl_->hosts.size(), 2);
  for (const KnownHost& known : impl_->hosts) {
    put(body, known.kinds, 2);
    put(body, known.seen, 1);
    put(body, known.pinned ? 1 : 0, 1);
    put_text(body, known.host, 120);
  }
  put(body, impl_->ignored.size(), 1);
  for (std::uint32_t key : impl_->ignored) put(body, key, 4);

  std::string out(kMagic);
  put(out, kVersion, 1);
  put(out, hash32(body, 70), 4);
  out += body;
  VEDETTE_ASSERT(out.size() <= kProfileBytesMax);
  return out;
}

Result<Profile> Profile::parse(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || bytes.size() > kProfileBytesMax || !bytes.starts_with(kMagic))
    return fail(ErrorCode::kCorrupt, "this is not a page profile");
  std::string_view in = bytes.substr(kMagic.size());
  std::uint64_t version = 0, check = 0;
  if (!take(in, 1, version) || version != kVersion)
    return fail(ErrorCode::kUnsupported, "page profile of version " + std::to_string(version) +
                                             "; this program reads version " + std::to_string(kVersion));
  if (!take(in, 4, check) || check != hash32(in, 70))
    return fail(ErrorCode::kCorrupt, "the check sum of the page profile is wrong");
  Profile profile;
  if (!read_body(in, *profile.impl_)) return fail(ErrorCode::kCorrupt, "the page profile is malformed");
  return profile;
}

}  // namespace vedette::sites
