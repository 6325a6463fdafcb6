/// Names of strategies, for code that is generic over them. They choose nothing: our cells have none.
pub mod strategy {
    pub trait Strategy<T> {}
    pub trait CaS<T>: Strategy<T> {}
    #[derive(Default)]
    pub struct DefaultStrategy;
    #[derive(Default)]
    pub struct IndependentStrategy;
    impl<T> Strategy<T> for DefaultStrategy {}
    impl<T> Strategy<T> for IndependentStrategy {}
    impl<T> CaS<T> for DefaultStrategy {}
    impl<T> CaS<T> for IndependentStrategy {}
}
