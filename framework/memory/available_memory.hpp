#pragma once

#include <string>

namespace unroll::inline v0 {

/// The bytes that this process may still take: those that the system calls available, or those that its control group
/// or its limit of address space (`ulimit -v`) leave, if less. Infinite where the system does not tell. A program that
/// estimates its needs can refuse a job before it starts.
double available_memory();

/// "37.2 GB": bytes in the largest unit that leaves at least one.
std::string format_bytes(double bytes);

}  // namespace unroll::inline v0
