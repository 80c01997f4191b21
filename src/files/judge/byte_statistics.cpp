#include "files/judge/byte_statistics.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace vedette::files {
namespace {

constexpr std::uint64_t kFewest = 24;
constexpr std::uint64_t kEnoughForBytes = 512;  // two expected in each of 256 classes
constexpr double kUniformChi2 = 390;            // 255 + 6 standard deviations of 22.6
constexpr double kNibbleChi2 = 52;              // 15 + 6.8 of 5.5: short texts lie far above
constexpr std::size_t kEncodedLooked = 64 * 1024;
constexpr std::size_t kEncodedFewest = 40;

constexpr std::int16_t kNoDigit = -1, kBreak = -2;  // a line break or padding
using Digits = std::array<std::int16_t, 256>;

constexpr Digits digits_of(std::string_view alphabet, std::string_view again) {
  Digits out{};
  for (auto& value : out) value = kNoDigit;
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    out[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int16_t>(i);
  // Other characters for the last digits: lower case, or the URL alphabet.
  for (std::size_t i = 0; i < again.size(); ++i)
    out[static_cast<unsigned char>(again[i])] = static_cast<std::int16_t>(alphabet.size() - again.size() + i);
  for (const char c : {'\n', '\r', '='}) out[static_cast<unsigned char>(c)] = kBreak;
  return out;
}

constexpr Digits kBase64 =
    digits_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "-_");
constexpr Digits kHexadecimal = digits_of("0123456789ABCDEF", "abcdef");

template <int kBits>
bool decodes_uniform(std::string_view text, const Digits& digit_of) {
  std::string decoded(text.size() * kBits / 8 + 1, '\0');
  std::size_t digits = 0, others = 0, count = 0;
  unsigned held = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = digit_of[static_cast<unsigned char>(c)];
    if (value < 0) {
      // More than all the rest could make good: a text in words is left early.
      if (value == kNoDigit && ++others * 25 > text.size()) return false;
      continue;
    }
    ++digits;
    held = (held << kBits | static_cast<unsigned>(value)) & 0xFFFF;
    bits += kBits;
    if (bits >= 8) {
      bits -= 8;
      decoded[count++] = static_cast<char>(held >> bits & 0xFF);
    }
  }
  // A line such as "-----BEGIN" may stand above; the spaces of a text in words may not.
  if (digits < kEncodedFewest || others * 25 > digits) return false;
  ByteStatistics statistics;
  statistics.add(std::string_view(decoded).substr(0, count));
  return statistics.uniform();
}

}  // namespace

// The tables in turn: a count that the next byte raises again need not be waited for.
void ByteStatistics::add(std::string_view bytes) {
  std::size_t i = 0;
  for (; i + kTables <= bytes.size(); i += kTables)
    for (std::size_t k = 0; k < kTables; ++k) ++tables_[k][static_cast<unsigned char>(bytes[i + k])];
  for (; i < bytes.size(); ++i) ++tables_[0][static_cast<unsigned char>(bytes[i])];
  count_ += bytes.size();
}

void ByteStatistics::add(const ByteStatistics& other) {
  for (std::size_t k = 0; k < kTables; ++k)
    for (std::size_t i = 0; i < tables_[k].size(); ++i) tables_[k][i] += other.tables_[k][i];
  count_ += other.count_;
}

ByteStatistics::Counts ByteStatistics::counts() const {
  Counts out{};
  for (const Counts& table : tables_)
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += table[i];
  return out;
}

double ByteStatistics::entropy() const {
  if (count_ == 0) return 0;
  double sum = 0;
  for (const auto count : counts()) {
    if (count == 0) continue;
    const double p = static_cast<double>(count) / static_cast<double>(count_);
    sum -= p * std::log2(p);
  }
  return sum;
}

double ByteStatistics::chi2() const {
  if (count_ == 0) return 0;
  const double expected = static_cast<double>(count_) / 256;
  double sum = 0;
  for (const auto count : counts()) {
    const double off = static_cast<double>(count) - expected;
    sum += off * off / expected;
  }
  return sum;
}

bool ByteStatistics::uniform() const {
  if (count_ < kFewest) return false;
  if (count_ >= kEnoughForBytes) return chi2() < kUniformChi2;
  // Too few for 256 classes: the halves of each byte, and how many different values there are.
  std::array<std::uint64_t, 16> high{}, low{};
  std::size_t distinct = 0;
  const Counts counts = this->counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    high[i >> 4] += counts[i];
    low[i & 15] += counts[i];
    distinct += counts[i] > 0 ? 1 : 0;
  }
  const double expected = static_cast<double>(count_) / 16;
  double high_chi2 = 0, low_chi2 = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    const double off_high = static_cast<double>(high[i]) - expected;
    const double off_low = static_cast<double>(low[i]) - expected;
    high_chi2 += off_high * off_high / expected;
    low_chi2 += off_low * off_low / expected;
  }
  const double distinct_expected = 256 * (1 - std::pow(255.0 / 256, static_cast<double>(count_)));
  return high_chi2 < kNibbleChi2 && low_chi2 < kNibbleChi2 &&
         static_cast<double>(distinct) > 0.82 * distinct_expected;
}

bool encodes_uniform(std::string_view text) {
  text = text.substr(0, kEncodedLooked);
  return decodes_uniform<4>(text, kHexadecimal) || decodes_uniform<6>(text, kBase64);
}

}  // namespace vedette::files
