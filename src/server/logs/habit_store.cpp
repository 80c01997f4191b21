// The form in which a habit lies in the state store: numbers of fixed size, least byte first.
#include <bit>
#include <cstring>

#include "server/logs/source_habits.h"

namespace vedette::server {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint16_t kUnknownShare = 0xFFFF;

template <class Number>
void put(std::string& out, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i)
    out += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xFF);
}

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  template <class Number>
  Number number() {
    std::uint64_t out = 0;
    const auto part = text(sizeof(Number));
    for (std::size_t i = 0; i < part.size(); ++i)
      out |= std::uint64_t{static_cast<unsigned char>(part[i])} << (8 * i);
    return static_cast<Number>(out);
  }
  std::string_view text(std::size_t size) {
    if (rest_.size() < size) {
      whole_ = false;
      return {};
    }
    const auto out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  bool whole() const { return whole_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool whole_ = true;
};

}  // namespace

std::string SourceHabits::pack(const Source& source) {
  using logs::HourlySeries;
  std::string out;
  put(out, kVersion);
  const auto newest = source.events.newest();
  put(out, newest);
  for (auto back = HourlySeries::kHours - 1; back >= 0; --back) put(out, source.events.at(newest - back));
  for (const auto* series : {&source.unread, &source.strange})
    for (auto back = HourlySeries::kHours - 1; back >= 0; --back)
      put(out, static_cast<std::uint16_t>(series->at(newest - back)));
  for (std::size_t aspect = 0; aspect < kAspects; ++aspect) {
    put(out, source.state[aspect].packed());
    put(out, static_cast<std::uint8_t>(source.told[aspect]));
  }
  put(out, static_cast<std::uint8_t>(source.now.silence_is_told));
  put(out, source.kinds_hours);
  put(out, static_cast<std::uint16_t>(source.usual_kinds.size()));
  for (const auto& [kind, share] : source.usual_kinds) {
    put(out, static_cast<std::uint16_t>(kind.size()));
    out += kind;
    put(out, std::bit_cast<std::uint64_t>(share));
  }
  return out;
}

bool SourceHabits::unpack(const std::string& bytes, Source& source) {
  using logs::HourlySeries;
  Bytes from(bytes);
  if (from.number<std::uint8_t>() != kVersion) return false;
  const auto newest = from.number<std::int64_t>();
  for (auto back = HourlySeries::kHours - 1; back >= 0; --back)
    source.events.set(newest - back, from.number<std::uint32_t>());
  for (auto* series : {&source.unread, &source.strange})
    for (auto back = HourlySeries::kHours - 1; back >= 0; --back) {
      const auto share = from.number<std::uint16_t>();
      series->set(newest - back, share == kUnknownShare ? HourlySeries::kUnknown : share);
    }
  for (std::size_t aspect = 0; aspect < kAspects; ++aspect) {
    source.state[aspect] = logs::DepartureState::unpack(from.number<std::uint8_t>());
    const auto told = from.number<std::uint8_t>();
    if (told > static_cast<std::uint8_t>(logs::Departure::kAbove)) return false;
    source.told[aspect] = static_cast<logs::Departure>(told);
  }
  source.now.silence_is_told = from.number<std::uint8_t>() != 0;
  source.kinds_hours = from.number<std::uint32_t>();
  for (auto left = from.number<std::uint16_t>(); left > 0; --left) {
    const auto kind = from.text(from.number<std::uint16_t>());
    const auto share = std::bit_cast<double>(from.number<std::uint64_t>());
    if (!(share >= 0 && share <= 1)) return false;
    source.usual_kinds[std::string(kind)] = share;
  }
  return from.whole();
}

Result<std::unique_ptr<SourceHabits>> SourceHabits::open(store::Database& database, FindingSink& sink,
                                                         const Clock& clock) {
  std::unique_ptr<SourceHabits> out(new SourceHabits(database, sink, clock));
  TRY(database.read([&](store::Session& session) -> Result<void> {
    return session.stream("SELECT source, name, habit FROM log_habits", {}, [&](const store::Row& row) {
      Source source;
      source.name = row.text(1);
      // What cannot be read is learnt anew.
      if (unpack(row.blob(2), source)) out->sources_.emplace(row.text(0), std::move(source));
      return out->sources_.size() < kSourcesMax;
    });
  }));
  return out;
}

}  // namespace vedette::server
