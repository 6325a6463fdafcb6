use std::sync::Arc;

use super::super::run;

#[test]
fn opens_for_all_and_names_one_leader() {
    run(async {
        let barrier = Arc::new(Barrier::new(3));
        for _ in 0..3 {
            let tasks: Vec<_> = (0..3)
                .map(|_| {
                    let barrier = Arc::clone(&barrier);
                    tokio::spawn(async move { barrier.wait().await })
                })
                .collect();
            let mut leaders = 0;
            for task in tasks {
                let result: BarrierWaitResult = task.await.unwrap();
                leaders += u32::from(result.is_leader());
            }
            assert_eq!(leaders, 1);
        }
    });
}

#[test]
fn of_nobody_opens_at_once() {
    run(async {
        assert!(Barrier::new(0).wait().await.is_leader());
        assert!(Barrier::new(1).wait().await.is_leader());
    });
}
