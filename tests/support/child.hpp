#pragma once

#include <sys/wait.h>
#include <unistd.h>

/// Runs `action` in another process, which may set limits for itself; returns its result, or -1 when it was killed.
int status_of_child(auto&& action) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(action());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNROLL_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define UNROLL_ADDRESS_SANITIZER
#endif
