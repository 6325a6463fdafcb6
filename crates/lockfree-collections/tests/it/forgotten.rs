//! What is forgotten on purpose.

/// Forgets a value, whose memory stays reachable: leak checkers see that this is meant.
pub fn forget<T>(value: T) {
    static KEPT: std::sync::Mutex<Vec<usize>> = std::sync::Mutex::new(Vec::new());
    let place = Box::into_raw(Box::new(value)).expose_provenance();
    KEPT.lock().unwrap().push(place);
}
