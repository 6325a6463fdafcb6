//! Keeping threads on processors of their own: left alone, the scheduler may let two take turns on one, where they do not meet.

/// Keeps the calling thread on one of the processors that the program may run on, the one of that number, counted round. Where that cannot be
/// done, the thread goes where it will.
#[cfg(target_os = "linux")]
pub fn stay(number: usize) {
    // Asked once, by the first thread: a thread inherits the processors of its maker, and that is one from then on.
    static ALL: std::sync::OnceLock<Vec<usize>> = std::sync::OnceLock::new();
    let all = ALL.get_or_init(allowed);
    if all.is_empty() {
        return;
    }
    // SAFETY: all zeroes are an empty set.
    let mut one: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: below the number that a set holds.
    unsafe { libc::CPU_SET(all[number % all.len()], &mut one) };
    // SAFETY: the set is as large as is said, and zero means the calling thread.
    unsafe { libc::sched_setaffinity(0, size_of_val(&one), &raw const one) };
}

/// The numbers of the processors that the calling thread may run on; none if they cannot be told.
#[cfg(target_os = "linux")]
fn allowed() -> Vec<usize> {
    // SAFETY: all zeroes are an empty set.
    let mut all: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is ours, and as large as is said.
    if unsafe { libc::sched_getaffinity(0, size_of_val(&all), &raw mut all) } != 0 {
        return Vec::new();
    }
    // SAFETY: below the number that a set holds.
    (0..libc::CPU_SETSIZE as usize).filter(|&processor| unsafe { libc::CPU_ISSET(processor, &all) }).collect()
}

/// Does nothing: here threads go where they will.
#[cfg(not(target_os = "linux"))]
pub fn stay(_number: usize) {}
