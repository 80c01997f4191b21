// The command tree. Exit codes of every command: 0 done and well; 1 done, and the answer is bad (a mistake in
// the configuration, an alarm, a broken chain); 2 not done (wrong usage, or it could not be done: standard
// error says why).
#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace vedette::cli {

enum Exit { kWell = 0, kBad = 1, kNotDone = 2 };

int run(int argc, char** argv);

// The whole tree without running anything: for the man page, the completions and their tests. `exit_code` is
// where a command that runs leaves its code; it outlives the tree.
std::unique_ptr<CLI::App> command_tree(int& exit_code);

// One a file.
void add_server(CLI::App& root, int& exit_code);
void add_check_config(CLI::App& root, int& exit_code);
void add_backup(CLI::App& root, int& exit_code);
void add_users(CLI::App& root, int& exit_code);
void add_sites(CLI::App& root, int& exit_code);
void add_sites_check(CLI::App& sites, int& exit_code);
void add_sites_replay(CLI::App& sites, int& exit_code);
void add_agent(CLI::App& root, int& exit_code);
void add_audit(CLI::App& root, int& exit_code);
void add_files(CLI::App& root, int& exit_code);
void add_files_roots(CLI::App& files, int& exit_code);
void add_completion(CLI::App& root, int& exit_code);
void add_man(CLI::App& root, int& exit_code);

}  // namespace vedette::cli
