#include "cli/app.h"

int main(int argc, char** argv) { return vedette::cli::run(argc, argv); }
