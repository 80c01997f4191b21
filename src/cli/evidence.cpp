// vedette evidence: checking a bundle that a Vedette gave out. Needs no server and no configuration.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "cli/app.h"
#include "cli/command.h"
#include "desk/evidence/bundle.h"

namespace vedette::cli {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

struct Args {
  std::filesystem::path bundle;
  std::string key;
};

int verify(const Args& args) {
  std::ifstream in(args.bundle, std::ios::binary);
  if (!in) {
    fmt::print(stderr, "{}: cannot be opened\n", args.bundle.string());
    return kNotDone;
  }
  const auto more = [&]() -> Result<std::string> {
    std::string piece(kReadBytes, '\0');
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (in.bad())
      return fail(ErrorCode::kUnavailable, fmt::format("{}: cannot be read", args.bundle.string()));
    piece.resize(static_cast<std::size_t>(in.gcount()));
    return piece;
  };
  const auto checked = desk::verify_bundle(more, args.key);
  if (!checked) {
    fmt::print(stderr, "{}: {}\n", args.bundle.string(), checked.error().full());
    return checked.error().code() == ErrorCode::kCorrupt ? kBad : kNotDone;
  }
  for (const auto& [name, sha256] : checked->files) fmt::print("{}  {}\n", sha256, name);
  fmt::print(
      "{}: whole, {} files of incident {}, exported {} by {}\nsigned with {}{}\n", args.bundle.string(),
      checked->files.size(), checked->reference, checked->exported_at, checked->exported_by,
      checked->public_key,
      args.key.empty() ? "; compare it with the key that the sender tells you, or give it with --key" : "");
  return kWell;
}

}  // namespace

void add_evidence(Command& root, int& exit_code) {
  auto* evidence = root.add_subcommand("evidence", "Evidence: check a bundle that a Vedette gave out");
  evidence->require_subcommand(1);
  auto args = std::make_shared<Args>();
  auto* verified = evidence->add_subcommand(
      "verify", "Check the signature of a bundle and the SHA-256 of every file in it");
  verified->add_option("bundle", args->bundle, "The tar file")->required();
  verified->add_option(
      "--key", args->key,
      "Public key it must be signed with (base64); without it, whoever made the bundle may have "
      "signed it");
  verified->callback([args, &exit_code] { exit_code = verify(*args); });
}

}  // namespace vedette::cli
